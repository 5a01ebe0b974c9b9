package dev.tallo.producer.submit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How tasks are submitted. */
@ConfigMapping(prefix = "tallo.submit")
public interface SubmitConfig {
  /**
   * How long a submission may wait for the history and the broker before it is answered with 503.
   *
   * <p>Default: 4 s, so that the answer is there within 5 s. At least 100 ms.
   */
  @WithDefault("PT4S")
  Duration deadline();

  /**
   * How long a task of a batch may wait for the history and the broker before its line is answered
   * with 503. Longer than that of a single task: a batch fills the pipeline by itself, and nobody
   * waits for its first line before its last is sent.
   *
   * <p>Default: 30 s. At least 100 ms.
   */
  @WithDefault("PT30S")
  Duration batchDeadline();
}
