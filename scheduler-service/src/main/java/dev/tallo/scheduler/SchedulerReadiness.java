package dev.tallo.scheduler;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerStatus;
import dev.tallo.scheduler.firing.LookAhead;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready while the store can be looked into. The broker's state is told beside it and does not
 * decide.
 */
@Readiness
@Singleton
class SchedulerReadiness implements HealthCheck {
  private final LookAhead lookAhead;
  private final Broker broker;

  SchedulerReadiness(LookAhead lookAhead, Broker broker) {
    this.lookAhead = lookAhead;
    this.broker = broker;
  }

  @Override
  public HealthCheckResponse call() {
    Optional<String> trouble = lookAhead.trouble();
    HealthCheckResponseBuilder response =
        HealthCheckResponse.named("scheduler")
            .status(trouble.isEmpty())
            .withData("under-way", lookAhead.underWay())
            .withData("broker", describe(broker.status()));
    trouble.ifPresent(what -> response.withData("store", what));
    return response.build();
  }

  private static String describe(BrokerStatus status) {
    if (status.blocked()) {
      return "blocked: " + status.blockedReason().orElseThrow();
    }
    return status.connected() ? "connected" : "away: " + status.lastError().orElse("no connection");
  }
}
