package dev.tallo.producer.history;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How long, and how many of, the tasks that have ended are kept. */
@ConfigMapping(prefix = "tallo.results")
public interface RetentionConfig {
  /**
   * How long a task is kept after its end, and its idempotency key with it.
   *
   * <p>Default: 1 day. At least 1 second, at most 3,650 days.
   */
  @WithDefault("P1D")
  Duration retention();

  /**
   * Most tasks that are kept; beyond, those submitted first go first, to within 2 %. Tasks that
   * have not ended count, but are never forgotten.
   *
   * <p>Default: 10,000,000. At least 1.
   */
  @WithDefault("10000000")
  long maxRows();

  /**
   * Most bytes that the tasks kept may take, about, indexes not counted; beyond, those submitted
   * first go first, to within 2 %.
   *
   * <p>Default: 10 GiB. At least 64 KiB.
   */
  @WithDefault("10G")
  MemorySize maxBytes();

  /**
   * How often it is looked for tasks to forget. A look takes its time with many tasks; it never
   * takes more than a fiftieth of all time.
   *
   * <p>Default: 1 minute. At least 100 ms, at most 1 day.
   */
  @WithDefault("PT1M")
  Duration sweepInterval();
}
