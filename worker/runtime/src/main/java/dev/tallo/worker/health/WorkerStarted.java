package dev.tallo.worker.health;

import dev.tallo.worker.execution.Worker;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Startup;

/** Started: the tasks are prepared and the worker has begun to subscribe to its queues. */
@Startup
@Singleton
public class WorkerStarted implements HealthCheck {
  private final Worker worker;

  WorkerStarted(Worker worker) {
    this.worker = worker;
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("tallo worker")
        .status(worker.idle() || worker.active())
        .build();
  }
}
