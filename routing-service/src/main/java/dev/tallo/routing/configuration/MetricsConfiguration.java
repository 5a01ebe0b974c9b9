package dev.tallo.routing.configuration;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** How finely it is measured. */
@ConfigMapping(prefix = "tallo.metrics")
public interface MetricsConfiguration {
  /**
   * How many names each label of a metric tells apart, of rules or of queues: 1 to 10,000. What has
   * a further name is counted under {@code other}: names come from outside, and each is a time
   * series.
   */
  @WithDefault("200")
  int maxNames();
}
