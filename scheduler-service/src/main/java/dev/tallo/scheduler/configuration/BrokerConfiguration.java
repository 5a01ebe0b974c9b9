package dev.tallo.scheduler.configuration;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Where the broker is. */
@ConfigMapping(prefix = "tallo.broker")
public interface BrokerConfiguration {
  /**
   * One or more AMQP URIs, separated by commas and tried in turn: {@code
   * amqps://user:password@host:5671/vhost}. By default what {@code AMQP_URL}, {@code CLOUDAMQP_URL}
   * or {@code RABBITMQ_URL} says, else the broker on this machine.
   */
  @WithDefault("${AMQP_URL:${CLOUDAMQP_URL:${RABBITMQ_URL:amqp://guest:guest@127.0.0.1:5672/}}}")
  String addresses();
}
