package dev.tallo.scheduler;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.Declaration;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.scheduler.firing.Emitter;
import dev.tallo.scheduler.firing.Timetable;
import dev.tallo.scheduler.job.ConfiguredJobs;
import dev.tallo.scheduler.job.Job;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.quarkus.scheduler.Scheduler;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Starts and stops the service. Quarkus' scheduler drives a tick each second; the tick looks a
 * little further ahead than to the next one and hands out what falls due meanwhile, so that each
 * firing is sent at its time and not at the next tick.
 */
@Singleton
public class SchedulerService {
  private static final Logger LOG = Logger.getLogger(SchedulerService.class);
  private static final String TICK = "tick";
  private static final Duration AHEAD = Duration.ofSeconds(2);

  private final ConfiguredJobs configured;
  private final Timetable timetable;
  private final Emitter emitter;
  private final Broker broker;
  private final Scheduler scheduler;

  SchedulerService(
      ConfiguredJobs configured,
      Timetable timetable,
      Emitter emitter,
      Broker broker,
      Scheduler scheduler) {
    this.configured = configured;
    this.timetable = timetable;
    this.emitter = emitter;
    this.broker = broker;
    this.scheduler = scheduler;
  }

  void start(@Observes StartupEvent event) {
    Declaration required = Topology.base();
    for (Job job : configured.jobs()) {
      if (job.queue().isPresent()) {
        required = required.and(Topology.workQueue(job.queue().get()));
      }
      LOG.infof("job %s: task %s, %s", job.name(), job.task(), job.schedule());
    }
    broker.require(required).start();
    scheduler
        .newJob(TICK)
        .setInterval("1s")
        .setConcurrentExecution(ConcurrentExecution.SKIP)
        .setTask(execution -> tick())
        .schedule();
  }

  void stop(@Observes ShutdownEvent event) {
    scheduler.unscheduleJob(TICK);
    broker.close();
    emitter.abandon();
  }

  private void tick() {
    Timetable.Due due = timetable.take(AHEAD);
    due.missed().forEach(firing -> emitter.missed(firing, "nothing ran at its time"));
    due.firings().forEach(emitter::emit);
  }
}
