package dev.tallo.producer.relay;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithParentName;

/** Where the routing service is. */
@ConfigMapping(prefix = "tallo.routing.url")
interface RoutingAddress {
  /**
   * Address of the routing service, to which {@code /api/v1/routes} is passed on.
   *
   * <p>Default: http://127.0.0.1:8081.
   */
  @WithParentName
  @WithDefault("http://127.0.0.1:8081")
  String url();
}
