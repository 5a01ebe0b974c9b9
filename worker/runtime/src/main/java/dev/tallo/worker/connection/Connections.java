package dev.tallo.worker.connection;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerAddress;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.messaging.broker.HostCheckingTrust;
import dev.tallo.worker.BrokerConfig;
import dev.tallo.worker.WorkerConfig;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.smallrye.common.annotation.Identifier;
import io.vertx.core.net.TrustOptions;
import io.vertx.rabbitmq.RabbitMQOptions;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Makes the connections from the one address that is configured; none is opened here. */
@Singleton
public class Connections {
  /** Names the settings of the connection for events. */
  public static final String EVENTS = "tallo-events";

  /** For tasks and outcomes. */
  @Produces
  @Singleton
  Broker broker(BrokerConfig config, Instance<MeterRegistry> meters) {
    return new Broker(
        BrokerOptions.builder("worker").addresses(config.addresses()).build(),
        meters.isResolvable() ? meters.get() : Metrics.globalRegistry);
  }

  /** For events, which the messaging connector publishes. It tries to connect for ever. */
  @Produces
  @Identifier(EVENTS) RabbitMQOptions events(BrokerConfig config) {
    List<BrokerAddress> addresses = BrokerAddress.parse(config.addresses());
    BrokerAddress first = addresses.getFirst();
    RabbitMQOptions options =
        new RabbitMQOptions()
            .setUser(first.username())
            .setPassword(first.password())
            .setVirtualHost(first.virtualHost())
            .setAddresses(
                addresses.stream()
                    .map(a -> new com.rabbitmq.client.Address(a.host(), a.port()))
                    .toList())
            .setConnectionName("tallo-worker-events")
            .setRequestedHeartbeat(20)
            .setConnectionTimeout(5_000)
            .setAutomaticRecoveryEnabled(false)
            .setReconnectAttempts(1_000_000)
            .setReconnectInterval(2_000);
    if (first.tls()) {
      options.setSsl(true).setTrustOptions(TrustOptions.wrap(HostCheckingTrust.ofThisJvm()));
    }
    return options;
  }

  /** This worker's name. */
  @Produces
  @Singleton
  NodeName name(
      WorkerConfig config,
      @ConfigProperty(name = "quarkus.application.name", defaultValue = "worker") String name) {
    return NodeName.onThisHost(
        config.name().orElseGet(() -> name + "." + ProcessHandle.current().pid()));
  }
}
