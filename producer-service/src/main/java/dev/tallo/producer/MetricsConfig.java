package dev.tallo.producer;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** What is measured, and how finely. */
@ConfigMapping(prefix = "tallo.metrics")
public interface MetricsConfig {
  /**
   * How many names each label of a metric tells apart, of tasks, of queues or of reasons: 1 to
   * 10,000. What has a further name is counted under {@code other}: names come from outside, and
   * each is a time series.
   */
  @WithDefault("200")
  int maxNames();

  /**
   * How often this service looks how much waits in the queues, and for how long: 1 second to 1
   * hour. It looks more seldom while a look takes more than a fiftieth of that.
   */
  @WithDefault("PT15S")
  Duration queueInterval();
}
