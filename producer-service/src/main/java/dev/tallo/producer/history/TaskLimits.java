package dev.tallo.producer.history;

import dev.tallo.messaging.protocol.RetryOptions;
import java.time.Duration;
import java.util.Optional;

/**
 * How often and how long a task may run, as its request has it.
 *
 * @param retry how it is to be retried; pauses to the millisecond
 * @param timeLimit when an attempt is stopped
 * @param softTimeLimit when an attempt is told that its time is up
 */
public record TaskLimits(
    RetryOptions retry, Optional<Duration> timeLimit, Optional<Duration> softTimeLimit) {

  /** None. */
  public static final TaskLimits NONE =
      new TaskLimits(RetryOptions.NONE, Optional.empty(), Optional.empty());
}
