package dev.tallo.scheduler.firing;

import com.github.f4b6a3.uuid.UuidCreator;
import dev.tallo.scheduler.job.Job;
import java.time.Instant;
import java.util.UUID;

/**
 * One time at which a job is due.
 *
 * @param job which job
 * @param nominal the time by its schedule, whenever it is really sent
 */
public record Firing(Job job, Instant nominal) {
  /** Namespace of the task ids of firings. */
  private static final UUID NAMESPACE = UUID.fromString("6f0a2a0e-8f0b-4c58-9a53-6d1f1f6f7a11");

  /**
   * Id of its task: the name-based UUID (version 5, RFC 9562) of {@code <job>@<nominal time>}.
   * Whoever sends this firing, and however often, it is the same task.
   */
  public String taskId() {
    return UuidCreator.getNameBasedSha1(NAMESPACE, job.name() + "@" + nominal).toString();
  }

  @Override
  public String toString() {
    return "job " + job.name() + " of " + nominal + " (task " + taskId() + ")";
  }
}
