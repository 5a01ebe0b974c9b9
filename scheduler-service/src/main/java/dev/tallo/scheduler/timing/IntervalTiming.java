package dev.tallo.scheduler.timing;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Due at every multiple of a period before and after an anchor, so that a restart shifts nothing.
 *
 * @param every whole seconds, 1 s or more
 * @param anchor one of its times; 1970-01-01T00:00:00Z unless told otherwise
 */
public record IntervalTiming(Duration every, Instant anchor) implements Timing {
  /** Longest period. */
  public static final Duration MAX = Duration.ofDays(36_500);

  public IntervalTiming {
    if (every.toSeconds() < 1 || every.getNano() != 0 || every.compareTo(MAX) > 0) {
      throw new IllegalArgumentException(
          "must be whole seconds, 1 to %d".formatted(MAX.toSeconds()));
    }
  }

  @Override
  public Optional<Instant> next(Instant after) {
    long passed = after.toEpochMilli() - anchor.toEpochMilli();
    return Optional.of(at(Math.floorDiv(passed, every.toMillis()) + 1));
  }

  @Override
  public Optional<Instant> last(Instant before) {
    // Rounded up, so that a time within the millisecond after one of ours comes after it.
    long passed = before.plusNanos(999_999).toEpochMilli() - anchor.toEpochMilli();
    return Optional.of(at(Math.ceilDiv(passed, every.toMillis()) - 1));
  }

  private Instant at(long multiple) {
    return anchor.plusMillis(Math.multiplyExact(multiple, every.toMillis()));
  }

  @Override
  public Kind kind() {
    return Kind.INTERVAL;
  }
}
