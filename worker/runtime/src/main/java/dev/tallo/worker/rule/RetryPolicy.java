package dev.tallo.worker.rule;

import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.worker.RetryAfter;
import dev.tallo.worker.SoftTimeLimitExceeded;
import dev.tallo.worker.TaskFailure;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * When a task that failed is tried again: exponential back-off with full jitter, that is a random
 * pause between 0 and min(maxBackOff, backOff · 2<sup>retries</sup>) (Marc Brooker, "Exponential
 * Backoff And Jitter").
 *
 * @param max how many attempts may follow the first
 * @param backOff the longest pause before the first retry
 * @param maxBackOff the longest pause before any
 * @param on names of the exceptions that are retried
 * @param giveUpOn names of those that are not
 */
public record RetryPolicy(
    int max, Duration backOff, Duration maxBackOff, List<String> on, List<String> giveUpOn) {
  /** What is retried where nothing is said: an {@code Error} is not. */
  static final List<String> EVERY_EXCEPTION = List.of(Exception.class.getName());

  public RetryPolicy {
    on = List.copyOf(on);
    giveUpOn = List.copyOf(giveUpOn);
  }

  /** This policy with what a sender wants. */
  public RetryPolicy with(RetryOptions asked) {
    if (asked.isEmpty()) {
      return this;
    }
    Duration first = asked.backOff().orElse(backOff);
    Duration longest = asked.maxBackOff().orElse(maxBackOff);
    return new RetryPolicy(
        asked.maxRetries().orElse(max),
        first,
        longest.compareTo(first) < 0 ? first : longest,
        asked.retryOn().isEmpty() ? on : asked.retryOn(),
        asked.giveUpOn().isEmpty() ? giveUpOn : asked.giveUpOn());
  }

  /**
   * The pause before the next attempt; none if there is to be no other.
   *
   * @param thrown what ended the attempt
   * @param retries how many attempts went before it
   */
  public Optional<Duration> pause(Throwable thrown, int retries, RandomGenerator random) {
    if (retries >= max) {
      return Optional.empty();
    }
    if (thrown instanceof RetryAfter asked) {
      return Optional.of(asked.pause());
    }
    if (thrown instanceof TaskFailure && !(thrown instanceof SoftTimeLimitExceeded)) {
      return Optional.empty();
    }
    return isAny(thrown, on) && !isAny(thrown, giveUpOn)
        ? Optional.of(jitter(retries, random))
        : Optional.empty();
  }

  private Duration jitter(int retries, RandomGenerator random) {
    // Beyond 2^32 every first pause of a nanosecond or more exceeds the longest one.
    double longest = Math.min(maxBackOff.toNanos(), backOff.toNanos() * Math.pow(2, retries));
    return Duration.ofNanos((long) (longest * random.nextDouble()));
  }

  /** Whether its class or one that this extends has one of these names, simple or qualified. */
  private static boolean isAny(Throwable thrown, List<String> names) {
    for (Class<?> type = thrown.getClass(); type != Object.class; type = type.getSuperclass()) {
      if (names.contains(type.getName()) || names.contains(type.getSimpleName())) {
        return true;
      }
    }
    return false;
  }
}
