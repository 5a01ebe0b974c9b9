package dev.tallo.worker.limit;

import dev.tallo.messaging.protocol.Rate;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What one task may do here: a bucket of starts that fills at the task's rate and holds what a
 * second brings (one at least), and a number of attempts at once.
 *
 * <p>Whoever comes too early is told when to come again. Those times are spread at the speed at
 * which the task can be worked on, so that a crowd does not come back together: at the rate, or at
 * that of the attempts seen so far. None is a promise: whoever comes first is served first.
 *
 * <p>Guarded by itself; times are by {@link System#nanoTime}.
 */
final class Allowance {
  private static final Duration SHORTEST_WAIT = Duration.ofMillis(10);

  /** Not longer, so that a limit that was lifted is noticed soon. */
  static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

  /** The weight of the last attempt in the mean of their durations. */
  private static final double WEIGHT = 0.2;

  private OptionalInt concurrency = OptionalInt.empty();
  private Optional<Rate> rate = Optional.empty();
  private double starts;
  private long filledAt;
  private long nextPlanned;
  private int running;
  private double meanNanos;

  Allowance(long now) {
    filledAt = now;
    nextPlanned = now;
  }

  /** Why something may not start now, and when to come again. */
  record Wait(Duration time, Reason reason) {}

  /** What is exhausted. */
  enum Reason {
    CONCURRENCY,
    RATE
  }

  /** Takes a start if there is one. */
  synchronized Optional<Wait> take(OptionalInt atOnce, Optional<Rate> inTime, long now) {
    if (!concurrency.equals(atOnce) || !rate.equals(inTime)) {
      concurrency = atOnce;
      rate = inTime;
      starts = capacity();
      filledAt = now;
      nextPlanned = now;
    }
    fill(now);
    if (atOnce.isPresent() && running >= atOnce.getAsInt()) {
      return Optional.of(
          new Wait(plan((long) (meanNanos / atOnce.getAsInt()), now), Reason.CONCURRENCY));
    }
    if (rate.isPresent() && starts < 1) {
      return Optional.of(new Wait(plan(rate.get().interval().toNanos(), now), Reason.RATE));
    }
    starts--;
    running++;
    return Optional.empty();
  }

  /** An attempt has ended that took so long. */
  synchronized void ended(long nanos) {
    running--;
    meanNanos = meanNanos == 0 ? nanos : meanNanos * (1 - WEIGHT) + nanos * WEIGHT;
  }

  private double capacity() {
    return rate.map(
            r ->
                Math.max(
                    1, r.permits() * (double) Duration.ofSeconds(1).toNanos() / r.per().toNanos()))
        .orElse(0.0);
  }

  private void fill(long now) {
    rate.ifPresent(
        r -> {
          starts =
              Math.min(capacity(), starts + (double) (now - filledAt) / r.interval().toNanos());
          filledAt = now;
        });
  }

  private Duration plan(long interval, long now) {
    long spacing = Math.max(SHORTEST_WAIT.toNanos(), interval);
    long planned = (nextPlanned - now > 0 ? nextPlanned : now) + spacing;
    if (planned - now > LONGEST_WAIT.toNanos()) {
      return Duration.ofNanos(
          ThreadLocalRandom.current().nextLong(LONGEST_WAIT.toNanos() / 2, LONGEST_WAIT.toNanos()));
    }
    nextPlanned = planned;
    return Duration.ofNanos(planned - now);
  }
}
