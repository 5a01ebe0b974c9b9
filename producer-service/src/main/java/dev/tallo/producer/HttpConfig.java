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
   * <p>Default: 1 MiB.
   */
  @WithDefault("1M")
  MemorySize maxTask();

  /**
   * Most tasks of one batch.
   *
   * <p>Default: 100,000.
   */
  @WithDefault("100000")
  int maxBatch();

  /**
   * Most batches that are uploaded at once; more are answered with 503.
   *
   * <p>Default: 8.
   */
  @WithDefault("8")
  int maxUploads();

  /**
   * Longest time that a request may wait for a task's outcome.
   *
   * <p>Default: 60 s.
   */
  @WithDefault("PT60S")
  Duration maxWait();

  /**
   * Most requests that wait for outcomes at once, and most that follow a task's events; more are
   * answered with 503.
   *
   * <p>Default: 10,000.
   */
  @WithDefault("10000")
  int maxWaiters();

  /**
   * How long a reader of a task's events may leave unread what was sent to it; then its connection
   * is closed.
   *
   * <p>Default: 30 s. At least 1 s.
   */
  @WithDefault("PT30S")
  Duration maxStall();

  /** {@link #maxTask} as arrays are measured. */
  default int maxTaskBytes() {
    return (int) Math.min(maxTask().asLongValue(), 256L << 20);
  }
}
