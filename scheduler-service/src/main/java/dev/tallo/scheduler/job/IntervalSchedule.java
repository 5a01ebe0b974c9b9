package dev.tallo.scheduler.job;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Due at every multiple of a period since 1970-01-01T00:00:00Z.
 *
 * @param every whole seconds, 1 s or more
 */
public record IntervalSchedule(Duration every) implements Schedule {
  public IntervalSchedule {
    if (every.toSeconds() < 1 || every.getNano() != 0) {
      throw new IllegalArgumentException("whole seconds, 1 s or more, not " + every);
    }
  }

  @Override
  public Optional<Instant> next(Instant after) {
    long period = every.toSeconds();
    return Optional.of(
        Instant.ofEpochSecond(
            Math.multiplyExact(Math.floorDiv(after.getEpochSecond(), period) + 1, period)));
  }

  @Override
  public String toString() {
    return "every " + every;
  }
}
