package dev.tallo.worker.health;

import dev.tallo.worker.WorkerConfig;
import dev.tallo.worker.execution.TaskExecution;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/**
 * Live: not more attempts go on after their time limit than {@code tallo.worker.max-abandoned}.
 * They hold what they hold, and only a restart ends them. The broker has no part in it.
 */
@Liveness
@Singleton
public class WorkerLiveness implements HealthCheck {
  private final TaskExecution execution;
  private final int most;

  WorkerLiveness(TaskExecution execution, WorkerConfig config) {
    this.execution = execution;
    most = config.maxAbandoned();
  }

  @Override
  public HealthCheckResponse call() {
    int abandoned = execution.abandoned();
    return HealthCheckResponse.named("tallo worker threads")
        .withData("abandoned", abandoned)
        .withData("tallo.worker.max-abandoned", most)
        .status(abandoned <= most)
        .build();
  }
}
