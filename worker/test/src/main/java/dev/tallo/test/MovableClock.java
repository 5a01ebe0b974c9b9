package dev.tallo.test;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The worker's clock in tests; to be injected. {@code expires}, {@code eta} and {@code
 * TaskContext.deadline()} go by it. It goes with the system's clock until it is moved, and does so
 * again after each test.
 */
public final class MovableClock extends Clock {
  private record Setting(Clock base, Duration offset) {}

  private static final Setting SYSTEM = new Setting(Clock.systemUTC(), Duration.ZERO);

  private final ZoneId zone;
  private final AtomicReference<Setting> setting;

  MovableClock() {
    this(ZoneOffset.UTC, new AtomicReference<>(SYSTEM));
  }

  private MovableClock(ZoneId zone, AtomicReference<Setting> setting) {
    this.zone = zone;
    this.setting = setting;
  }

  /** Moves it on, or back by a negative duration; a clock that was set stands still afterwards. */
  public void advance(Duration by) {
    setting.updateAndGet(now -> new Setting(now.base(), now.offset().plus(by)));
  }

  /** Sets it to this time, where it stands still. */
  public void set(Instant at) {
    setting.set(new Setting(Clock.fixed(at, ZoneOffset.UTC), Duration.ZERO));
  }

  /** Lets it go with the system's clock. */
  public void reset() {
    setting.set(SYSTEM);
  }

  @Override
  public Instant instant() {
    Setting now = setting.get();
    return now.base().instant().plus(now.offset());
  }

  @Override
  public ZoneId getZone() {
    return zone;
  }

  /** The same clock in another zone: it moves with this one. */
  @Override
  public Clock withZone(ZoneId other) {
    return new MovableClock(other, setting);
  }
}
