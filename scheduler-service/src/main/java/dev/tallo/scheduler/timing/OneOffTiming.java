package dev.tallo.scheduler.timing;

import java.time.Instant;
import java.util.Optional;

/** Due once. */
public record OneOffTiming(Instant at) implements Timing {
  @Override
  public Optional<Instant> next(Instant after) {
    return Optional.of(at).filter(time -> time.isAfter(after));
  }

  @Override
  public Optional<Instant> last(Instant before) {
    return Optional.of(at).filter(time -> time.isBefore(before));
  }

  @Override
  public Kind kind() {
    return Kind.ONE_OFF;
  }
}
