package dev.tallo.worker.rule;

import dev.tallo.messaging.protocol.Rate;
import dev.tallo.messaging.protocol.TimeLimits;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What holds for the attempts at one task, of its annotation and the configuration.
 *
 * @param retry when it is tried again
 * @param timeLimits how long an attempt may run
 * @param concurrency attempts that this worker runs at once
 * @param rate starts that it makes in a time
 */
public record TaskRule(
    RetryPolicy retry, TimeLimits timeLimits, OptionalInt concurrency, Optional<Rate> rate) {

  /**
   * The limits of an attempt, with what a sender wants; a soft limit that comes too late is none.
   */
  public TimeLimits timeLimits(TimeLimits asked) {
    Optional<Duration> hard = asked.hard().or(timeLimits::hard);
    Optional<Duration> soft = asked.soft().or(timeLimits::soft);
    return hard.isPresent() && soft.filter(s -> s.compareTo(hard.get()) < 0).isEmpty()
        ? new TimeLimits(hard, Optional.empty())
        : new TimeLimits(hard, soft);
  }
}
