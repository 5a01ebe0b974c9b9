package dev.tallo.producer;

import com.rabbitmq.client.Address;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerAddress;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.messaging.broker.HostCheckingTrust;
import dev.tallo.messaging.broker.Topology;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.Identifier;
import io.vertx.core.net.TrustOptions;
import io.vertx.rabbitmq.RabbitMQOptions;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;

/** Makes the connections from the one address that is configured; none is opened here. */
@Singleton
public class Connections {
  /** Names the settings of the channels for events. */
  public static final String EVENTS = "tallo-events";

  /** Names the bounds of the queues of events. */
  public static final String EVENT_QUEUES = "tallo-event-queues";

  private static final int MAX_QUEUED_EVENTS = 50_000;

  /** For tasks and outcomes. */
  @Produces
  @Singleton
  Broker broker(BrokerConfig config, MeterRegistry registry) {
    return new Broker(
            BrokerOptions.builder("producer").addresses(config.addresses()).build(), registry)
        .require(Topology.base());
  }

  /** For events, which the messaging connector consumes. It tries to connect for ever. */
  @Produces
  @Identifier(EVENTS) RabbitMQOptions events(BrokerConfig config) {
    List<BrokerAddress> addresses = BrokerAddress.parse(config.addresses());
    BrokerAddress first = addresses.getFirst();
    RabbitMQOptions options =
        new RabbitMQOptions()
            .setUser(first.username())
            .setPassword(first.password())
            .setVirtualHost(first.virtualHost())
            .setAddresses(addresses.stream().map(a -> new Address(a.host(), a.port())).toList())
            .setConnectionName("tallo-producer-events")
            .setRequestedHeartbeat(20)
            .setConnectionTimeout(5_000)
            // The connector's own way to reconnect: the client's does not retry the first connect.
            .setAutomaticRecoveryEnabled(false)
            .setReconnectAttempts(Integer.MAX_VALUE)
            .setReconnectInterval(2_000);
    if (first.tls()) {
      options.setSsl(true).setTrustOptions(TrustOptions.wrap(HostCheckingTrust.ofThisJvm()));
    }
    return options;
  }

  /** Events may be lost, so a queue of them drops the oldest rather than grow. */
  @Produces
  @Singleton
  @Identifier(EVENT_QUEUES) Map<String, Object> eventQueues() {
    return Map.of("x-max-length", MAX_QUEUED_EVENTS);
  }
}
