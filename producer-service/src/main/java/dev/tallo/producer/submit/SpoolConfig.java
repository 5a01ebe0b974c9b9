package dev.tallo.producer.submit;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Whether tasks are taken while the broker is away. */
@ConfigMapping(prefix = "tallo.producer")
public interface SpoolConfig {
  /**
   * Whether tasks are taken while the broker is away or takes no messages: they wait in the history
   * and are published, in their order, when the broker is back. Otherwise they are refused with
   * 503.
   */
  @WithDefault("false")
  boolean spool();

  /**
   * Most tasks that wait for the broker; more are refused with 503. With several replicas it may be
   * exceeded by what they take in a second.
   *
   * <p>Default: 100,000. 1 to 10,000,000.
   */
  @WithDefault("100000")
  int spoolMaxTasks();

  /**
   * Most bytes that they may take, about; likewise.
   *
   * <p>Default: 256 MiB. At least 64 KiB.
   */
  @WithDefault("256M")
  MemorySize spoolMaxBytes();
}
