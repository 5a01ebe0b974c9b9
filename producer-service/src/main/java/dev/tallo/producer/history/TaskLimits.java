package dev.tallo.producer.history;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How often and how long a task may run, as its request has it.
 *
 * @param maxRetries how many attempts may follow the first
 * @param timeLimit when an attempt is stopped
 * @param softTimeLimit when an attempt is told that its time is up
 */
public record TaskLimits(
    OptionalInt maxRetries, Optional<Duration> timeLimit, Optional<Duration> softTimeLimit) {

  /** None. */
  public static final TaskLimits NONE =
      new TaskLimits(OptionalInt.empty(), Optional.empty(), Optional.empty());
}
