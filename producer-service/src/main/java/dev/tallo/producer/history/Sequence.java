package dev.tallo.producer.history;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The places of tasks in the history: microseconds since 1970 in the upper bits, so that they
 * ascend with time and a time is a bound of them; in the lowest ten a random number, so that two
 * replicas do not meet. Strictly ascending within a process.
 */
final class Sequence {
  private static final int SPREAD_BITS = 10;

  private final AtomicLong last = new AtomicLong();

  /** The place of what happened at this time. */
  long next(Instant time) {
    long candidate = first(time) | ThreadLocalRandom.current().nextInt(1 << SPREAD_BITS);
    return last.updateAndGet(before -> Math.max(before + 1, candidate));
  }

  /** The lowest place of this time. */
  static long first(Instant time) {
    return micros(time) << SPREAD_BITS;
  }

  /** The time of a place. */
  static Instant timeOf(long seq) {
    return instant(seq >> SPREAD_BITS);
  }

  /** As the store has times. */
  static long micros(Instant time) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, time);
  }

  static Instant instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }
}
