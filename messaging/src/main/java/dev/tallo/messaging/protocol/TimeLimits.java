package dev.tallo.messaging.protocol;

import java.time.Duration;
import java.util.Optional;

/**
 * How long one attempt may run: the header {@code timelimit}, which is {@code [hard, soft]} in
 * seconds.
 *
 * @param hard when it is stopped; none by default
 * @param soft when it is told that its time is up; none by default
 */
public record TimeLimits(Optional<Duration> hard, Optional<Duration> soft) {

  /** No limits. */
  public static final TimeLimits NONE = new TimeLimits(Optional.empty(), Optional.empty());

  public TimeLimits {
    requirePositive(hard, "hard");
    requirePositive(soft, "soft");
  }

  private static void requirePositive(Optional<Duration> limit, String name) {
    if (limit.isPresent() && !limit.get().isPositive()) {
      throw new IllegalArgumentException(
          "The " + name + " time limit must be positive, not " + limit.get() + ".");
    }
  }
}
