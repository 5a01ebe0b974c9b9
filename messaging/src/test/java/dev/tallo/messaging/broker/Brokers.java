package dev.tallo.messaging.broker;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.testbroker.TestBroker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Brokers and messages as the tests of this package need them. */
final class Brokers {
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private Brokers() {}

  /** Connected, with all that Tallo's services need, on a virtual host of its own. */
  static Broker withBase() {
    Broker broker = connected(TestBroker.shared().newVhost(), UnaryOperator.identity());
    broker.declare(Topology.base()).await().atMost(PATIENCE);
    return broker;
  }

  /** Connected; nothing is declared yet. */
  static Broker connected(URI address, UnaryOperator<BrokerOptions.Builder> options) {
    Broker broker = started(address, options);
    assertThat(broker.awaitReady(PATIENCE)).isTrue();
    return broker;
  }

  static Broker started(URI address, UnaryOperator<BrokerOptions.Builder> options) {
    BrokerOptions built =
        options
            .apply(
                BrokerOptions.builder("test")
                    .addresses(address.toString())
                    .recoveryInterval(Duration.ofMillis(100)))
            .build();
    Broker broker = new Broker(built, new SimpleMeterRegistry());
    broker.start();
    return broker;
  }

  static void makeQueue(Broker broker, String queue) {
    broker.declare(Topology.workQueue(queue)).await().atMost(PATIENCE);
  }

  static Publication to(String queue, String id) {
    return new Publication(Topology.WORK, queue, message(id, "{}"));
  }

  static AmqpMessage message(String id, String body) {
    return new AmqpMessage(
        new AMQP.BasicProperties.Builder()
            .messageId(id)
            .deliveryMode(2)
            .contentType("application/json")
            .headers(Map.of())
            .build(),
        body.getBytes(StandardCharsets.UTF_8));
  }

  static String id(Delivery delivery) {
    return delivery.message().properties().getMessageId();
  }

  static long ready(Broker broker, String queue) {
    return broker.depth(queue).await().atMost(PATIENCE).orElseThrow().ready();
  }
}
