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
  private static final long FIRST_TIME = Instant.parse("0001-01-01T00:00:00Z").getEpochSecond();
  private static final long LAST_TIME = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();

  private final AtomicLong last = new AtomicLong();

  /** The place of what happened at this time. */
  long next(Instant time) {
    long candidate = first(time) | ThreadLocalRandom.current().nextInt(1 << SPREAD_BITS);
    return last.updateAndGet(before -> Math.max(before + 1, candidate));
  }

  /** The lowest place of this time; of one beyond all places, 1684 to 2255, the last of them. */
  static long first(Instant time) {
    return Math.clamp(micros(time), Long.MIN_VALUE >> SPREAD_BITS, Long.MAX_VALUE >> SPREAD_BITS)
        << SPREAD_BITS;
  }

  /** The time of a place. */
  static Instant timeOf(long seq) {
    return instant(seq >> SPREAD_BITS);
  }

  /** As the store has times: from the year 1 to 9999, and the nearest of these for any other. */
  static long micros(Instant time) {
    if (time.getEpochSecond() < FIRST_TIME || time.getEpochSecond() > LAST_TIME) {
      return 1_000_000 * Math.clamp(time.getEpochSecond(), FIRST_TIME, LAST_TIME);
    }
    return ChronoUnit.MICROS.between(Instant.EPOCH, time);
  }

  static Instant instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }
}
