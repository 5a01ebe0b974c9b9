package dev.tallo.producer;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Bounds of what is taken over HTTP. */
@ConfigMapping(prefix = "tallo.http")
public interface HttpConfig {
  /**
   * Most bytes of one task, as a request of its own or in a batch.
   *
   * <p>Default: 1 MiB. 1 KiB to 64 MiB.
   */
  @WithDefault("1M")
  MemorySize maxTask();

  /**
   * Most tasks of one batch.
   *
   * <p>Default: 100,000. 1 to 1,000,000.
   */
  @WithDefault("100000")
  int maxBatch();

  /**
   * Most batches that are uploaded at once; more are answered with 503.
   *
   * <p>Default: 8. 1 to 1,000.
   */
  @WithDefault("8")
  int maxUploads();

  /**
   * Longest time that a request may wait for a task's outcome.
   *
   * <p>Default: 60 s. 1 second to 1 hour.
   */
  @WithDefault("PT60S")
  Duration maxWait();

  /**
   * Most requests that wait for outcomes at once, and most that follow a task's events; more are
   * answered with 503.
   *
   * <p>Default: 10,000. 1 to 1,000,000.
   */
  @WithDefault("10000")
  int maxWaiters();

  /**
   * How long a reader of a task's events may leave unread what was sent to it; then its connection
   * is closed.
   *
   * <p>Default: 30 s. 1 second to 1 hour.
   */
  @WithDefault("PT30S")
  Duration maxStall();

  /** {@link #maxTask} as arrays are measured. */
  default int maxTaskBytes() {
    return (int) maxTask().asLongValue();
  }

  /**
   * Refuses what is out of its bounds.
   *
   * @throws IllegalArgumentException that names the property and its bounds
   */
  default void check() {
    between("max-task", maxTask().asLongValue(), 1 << 10, 64 << 20);
    between("max-batch", maxBatch(), 1, 1_000_000);
    between("max-uploads", maxUploads(), 1, 1_000);
    within("max-wait", maxWait());
    between("max-waiters", maxWaiters(), 1, 1_000_000);
    within("max-stall", maxStall());
  }

  private static void between(String property, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "tallo.http.%s is %d, but has to be %d to %d".formatted(property, value, least, most));
    }
  }

  private static void within(String property, Duration value) {
    if (value.compareTo(Duration.ofSeconds(1)) < 0 || value.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException(
          "tallo.http.%s is %s, but has to be PT1S to PT1H".formatted(property, value));
    }
  }
}
