package dev.tallo.messaging.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP;
import dev.tallo.messaging.protocol.AmqpMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DelayTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
  private static final AmqpMessage MESSAGE =
      new AmqpMessage(new AMQP.BasicProperties.Builder().messageId("m").build(), new byte[0]);

  private static Publication of(Optional<String> queue, Optional<Instant> eta) {
    return Delay.publication(queue, "demo.add", eta, NOW, MESSAGE);
  }

  private static Optional<Instant> in(String duration) {
    return Optional.of(NOW.plus(Duration.parse(duration)));
  }

  @Test
  void what_is_due_goes_straight_on() {
    for (Optional<Instant> due :
        List.of(Optional.<Instant>empty(), in("PT-5S"), in("PT0S"), in("PT0.999S"))) {
      assertThat(of(Optional.of("q"), due)).isEqualTo(new Publication(Topology.WORK, "q", MESSAGE));
      assertThat(of(Optional.empty(), due))
          .isEqualTo(new Publication(Topology.TASKS, "demo.add", MESSAGE));
    }
  }

  @Test
  void the_broker_keeps_whole_seconds_and_the_worker_the_rest() {
    Publication delayed = of(Optional.of("q"), in("PT5.9S"));
    assertThat(delayed.exchange()).isEqualTo("tallo.delay.2");
    assertThat(delayed.routingKey()).isEqualTo("0.".repeat(25) + "1.0.1.q");
  }

  @Test
  void without_a_queue_it_comes_due_where_the_routing_is() {
    assertThat(of(Optional.empty(), in("PT1S")).routingKey())
        .isEqualTo("0.".repeat(27) + "1." + Topology.UNROUTED);
  }

  @Test
  void longer_than_the_levels_reach_is_refused() {
    assertThat(of(Optional.of("q"), Optional.of(NOW.plus(Delay.MAX))).exchange())
        .isEqualTo("tallo.delay.27");
    assertThatThrownBy(() -> of(Optional.of("q"), Optional.of(NOW.plus(Delay.MAX).plusSeconds(1))))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
