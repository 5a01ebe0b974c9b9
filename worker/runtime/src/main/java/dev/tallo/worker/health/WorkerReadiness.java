package dev.tallo.worker.health;

import dev.tallo.worker.execution.Worker;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready: the broker would hand the worker a message of each of its queues now. A worker that is
 * shutting down is not ready. Liveness does not depend on the broker: a restart would not bring it
 * back.
 */
@Readiness
@Singleton
public class WorkerReadiness implements HealthCheck {
  private final Worker worker;

  WorkerReadiness(Worker worker) {
    this.worker = worker;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder response = HealthCheckResponse.named("tallo worker");
    boolean ready = worker.idle() || worker.active();
    for (Worker.Source source : worker.sources()) {
      response.withData(
          "queue " + source.queue(),
          source.paused() ? "paused" : source.live() ? "live" : "not subscribed");
      ready &= source.live();
    }
    return response.status(ready).build();
  }
}
