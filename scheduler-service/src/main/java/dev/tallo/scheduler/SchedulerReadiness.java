package dev.tallo.scheduler;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerStatus;
import dev.tallo.scheduler.firing.Emitter;
import dev.tallo.scheduler.firing.Timetable;
import dev.tallo.scheduler.job.ConfiguredJobs;
import io.quarkus.scheduler.Scheduler;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Ready while the tick runs. The broker's state is told beside it and does not decide. */
@Readiness
@Singleton
class SchedulerReadiness implements HealthCheck {
  private final ConfiguredJobs jobs;
  private final Timetable timetable;
  private final Emitter emitter;
  private final Scheduler scheduler;
  private final Broker broker;

  SchedulerReadiness(
      ConfiguredJobs jobs,
      Timetable timetable,
      Emitter emitter,
      Scheduler scheduler,
      Broker broker) {
    this.jobs = jobs;
    this.timetable = timetable;
    this.emitter = emitter;
    this.scheduler = scheduler;
    this.broker = broker;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder response =
        HealthCheckResponse.named("scheduler")
            .status(scheduler.isRunning())
            .withData("jobs", jobs.jobs().size())
            .withData("under-way", emitter.underWay().size())
            .withData("broker", describe(broker.status()));
    timetable.first().ifPresent(firing -> response.withData("next", firing.toString()));
    return response.build();
  }

  private static String describe(BrokerStatus status) {
    if (status.blocked()) {
      return "blocked: " + status.blockedReason().orElseThrow();
    }
    return status.connected() ? "connected" : "away: " + status.lastError().orElse("no connection");
  }
}
