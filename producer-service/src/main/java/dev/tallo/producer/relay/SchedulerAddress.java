package dev.tallo.producer.relay;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithParentName;

/** Where the scheduler service is. */
@ConfigMapping(prefix = "tallo.scheduler.url")
interface SchedulerAddress {
  /**
   * Address of the scheduler service, to which {@code /api/v1/schedules} is passed on.
   *
   * <p>Default: http://127.0.0.1:8082.
   */
  @WithParentName
  @WithDefault("http://127.0.0.1:8082")
  String url();
}
