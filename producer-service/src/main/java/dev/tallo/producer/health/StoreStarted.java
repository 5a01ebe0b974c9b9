package dev.tallo.producer.health;

import dev.tallo.producer.history.History;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Startup;

/** Started when the schema is up to date and the history is written. */
@Startup
@Singleton
public class StoreStarted implements HealthCheck {
  private final History history;

  StoreStarted(History history) {
    this.history = history;
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("history").status(history.started()).build();
  }
}
