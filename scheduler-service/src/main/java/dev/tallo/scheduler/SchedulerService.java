package dev.tallo.scheduler;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.scheduler.configuration.SchedulerConfiguration;
import dev.tallo.scheduler.firing.Housekeeping;
import dev.tallo.scheduler.firing.LookAhead;
import dev.tallo.scheduler.firing.Sending;
import dev.tallo.scheduler.schedule.ConfiguredSchedules;
import dev.tallo.scheduler.schedule.ScheduleStore;
import dev.tallo.scheduler.store.Database;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.quarkus.scheduler.Scheduler;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * Starts and stops the service. Quarkus' scheduler drives a look ahead each second, and the
 * housekeeping: what is due is a matter of the store, which any number of replicas share.
 */
@Singleton
public class SchedulerService {
  private static final String LOOK_AHEAD = "look-ahead";
  private static final String HOUSEKEEPING = "housekeeping";

  private final SchedulerConfiguration configuration;
  private final ConfiguredSchedules configured;
  private final Database database;
  private final ScheduleStore schedules;
  private final Broker broker;
  private final LookAhead lookAhead;
  private final Sending sending;
  private final Housekeeping housekeeping;
  private final Scheduler scheduler;

  SchedulerService(
      SchedulerConfiguration configuration,
      ConfiguredSchedules configured,
      Database database,
      ScheduleStore schedules,
      Broker broker,
      LookAhead lookAhead,
      Sending sending,
      Housekeeping housekeeping,
      Scheduler scheduler) {
    this.configuration = configuration;
    this.configured = configured;
    this.database = database;
    this.schedules = schedules;
    this.broker = broker;
    this.lookAhead = lookAhead;
    this.sending = sending;
    this.housekeeping = housekeeping;
    this.scheduler = scheduler;
  }

  void start(@Observes StartupEvent event) {
    configuration.check();
    database.open();
    schedules.synchronize(configured.schedules());
    broker.start();
    sending.start();
    every("1s", LOOK_AHEAD, lookAhead::look);
    every("60s", HOUSEKEEPING, housekeeping::round);
  }

  private void every(String interval, String name, Runnable work) {
    scheduler
        .newJob(name)
        .setInterval(interval)
        .setConcurrentExecution(ConcurrentExecution.SKIP)
        .setTask(execution -> work.run(), true)
        .schedule();
  }

  void stop(@Observes ShutdownEvent event) {
    scheduler.unscheduleJob(LOOK_AHEAD);
    scheduler.unscheduleJob(HOUSEKEEPING);
    sending.stop();
    broker.close();
  }
}
