package dev.tallo.producer.deadletter;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How long, and how many of, the dead letters are kept. */
@ConfigMapping(prefix = "tallo.dead-letters")
public interface DeadLetterConfig {
  /**
   * How long a dead letter is kept, and its task with it. What is forgotten is logged and counted.
   *
   * <p>Default: 30 days. At least 1 second, at most 3,650 days.
   */
  @WithDefault("P30D")
  Duration retention();

  /**
   * Most dead letters that are kept; beyond, those taken first go first.
   *
   * <p>Default: 100,000. At least 1.
   */
  @WithDefault("100000")
  long maxRows();

  /**
   * Most bytes that they may take; beyond, those taken first go first.
   *
   * <p>Default: 1 GiB. At least 64 KiB.
   */
  @WithDefault("1G")
  MemorySize maxBytes();

  /**
   * How often it is looked for dead letters to forget.
   *
   * <p>Default: 1 minute. At least 100 ms, at most 1 day.
   */
  @WithDefault("PT1M")
  Duration sweepInterval();
}
