package dev.tallo.producer.health;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerStatus;
import dev.tallo.producer.deadletter.DeadLetterTaker;
import dev.tallo.producer.history.History;
import dev.tallo.producer.results.Results;
import dev.tallo.producer.submit.Spool;
import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready when the history can be read. The broker does not count: while it is away this service has
 * to be reached to say so, and to answer what it knows. Its state is told beside.
 */
@Readiness
@Singleton
public class StoreReadiness implements AsyncHealthCheck {
  private static final Duration DEADLINE = Duration.ofSeconds(2);

  private final History history;
  private final Broker broker;
  private final Results results;
  private final DeadLetterTaker deadLetters;
  private final Spool spool;

  StoreReadiness(
      History history, Broker broker, Results results, DeadLetterTaker deadLetters, Spool spool) {
    this.history = history;
    this.broker = broker;
    this.results = results;
    this.deadLetters = deadLetters;
    this.spool = spool;
  }

  @Override
  public Uni<HealthCheckResponse> call() {
    return history
        .usable()
        .ifNoItem()
        .after(DEADLINE)
        .recoverWithItem(false)
        .map(
            usable -> {
              BrokerStatus status = broker.status();
              HealthCheckResponseBuilder response =
                  HealthCheckResponse.named("history")
                      .status(usable)
                      .withData("broker.connected", status.connected())
                      .withData("broker.blocked", status.blocked())
                      .withData("outcomes.consumed", results.live())
                      .withData("dead-letters.consumed", deadLetters.live())
                      .withData("spool.tasks", spool.tasks());
              status.blockedReason().ifPresent(why -> response.withData("broker.reason", why));
              return response.build();
            });
  }
}
