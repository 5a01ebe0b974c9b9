package dev.tallo.scheduler.store;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * The clock of the store, which all replicas share: that of the machine plays no part, so a replica
 * whose clock is wrong harms nothing. It is read again and again ({@link #set}); in between this
 * clock goes on by the processor's. Any thread may ask it.
 */
public final class StoreClock extends Clock {
  /** A time that the store told, and when it did by {@link System#nanoTime}. */
  private record Told(Instant time, long nanos) {}

  private volatile Told told;

  /**
   * @param initial until the store has told its time
   */
  public StoreClock(Instant initial) {
    told = new Told(initial, System.nanoTime());
  }

  /**
   * The store has told its time.
   *
   * @param asked when it was asked, by {@link System#nanoTime}
   * @param answered when it had answered
   */
  void set(Instant time, long asked, long answered) {
    told = new Told(time, asked + (answered - asked) / 2);
  }

  @Override
  public Instant instant() {
    Told last = told;
    return last.time.plusNanos(System.nanoTime() - last.nanos);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  /** The same: whoever asks for instants has no use for a zone. */
  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
