package dev.tallo.routing;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerStatus;
import dev.tallo.routing.binding.BindingWriter;
import dev.tallo.routing.dispatch.Intake;
import dev.tallo.routing.rule.CurrentRules;
import dev.tallo.routing.rule.RuleSet;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready once rules are in force. The broker's state is told beside it and does not decide:
 * restarting or taking this service out would not bring the broker back.
 */
@Readiness
@Singleton
class RoutingReadiness implements HealthCheck {
  private final RoutingService service;
  private final CurrentRules rules;
  private final BindingWriter bindings;
  private final Broker broker;

  RoutingReadiness(
      RoutingService service, CurrentRules rules, BindingWriter bindings, Broker broker) {
    this.service = service;
    this.rules = rules;
    this.bindings = bindings;
    this.broker = broker;
  }

  @Override
  public HealthCheckResponse call() {
    RuleSet inForce = rules.latest();
    BrokerStatus status = broker.status();
    HealthCheckResponseBuilder response =
        HealthCheckResponse.named("routing")
            .status(inForce.version() > 0)
            .withData("rules", inForce.entries().size())
            .withData("rules-version", inForce.version())
            .withData("learned", bindings.size())
            .withData("broker", describe(status))
            .withData("consuming", !service.intakes().isEmpty() && allLive());
    for (Intake intake : service.intakes()) {
      response.withData("consuming-" + intake.queue(), intake.live());
    }
    return response.build();
  }

  private boolean allLive() {
    return service.intakes().stream().allMatch(Intake::live);
  }

  private static String describe(BrokerStatus status) {
    if (status.blocked()) {
      return "blocked: " + status.blockedReason().orElseThrow();
    }
    return status.connected() ? "connected" : "away: " + status.lastError().orElse("no connection");
  }
}
