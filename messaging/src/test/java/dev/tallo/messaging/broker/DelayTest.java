package dev.tallo.messaging.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP;
import dev.tallo.messaging.protocol.AmqpMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        List.of(Optional.<Instant>empty(), in("PT-5S"), in("PT0S"), in("PT0.1S"))) {
      assertThat(of(Optional.of("q"), due)).isEqualTo(new Publication(Topology.WORK, "q", MESSAGE));
      assertThat(of(Optional.empty(), due))
          .isEqualTo(new Publication(Topology.TASKS, "demo.add", MESSAGE));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PT0.101S, 1",
    "PT0.999S, 1",
    "PT1S, 1",
    "PT1.1S, 1",
    "PT1.101S, 2",
    "PT5.1S, 5",
    "PT5.9S, 6"
  })
  void the_broker_keeps_whole_seconds_and_the_worker_a_tenth_at_most(String in, long seconds) {
    assertThat(Delay.until(in(in).orElseThrow(), NOW)).contains(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "15, 1", "16, 16", "255, 16", "256, 256", "511, 256", "512, 512"})
  void the_first_level_is_that_of_the_highest_part(long seconds, long unit) {
    assertThat(of(Optional.of("q"), in("PT" + seconds + "S")).exchange())
        .isEqualTo("tallo.delay." + unit + "s");
  }

  @Test
  void the_routing_key_is_the_seconds_and_the_queue() {
    assertThat(of(Optional.of("q"), in("PT5S")).routingKey())
        .isEqualTo("0.".repeat(25) + "1.0.1.q");
  }

  @Test
  void without_a_queue_it_comes_due_where_the_routing_is() {
    assertThat(of(Optional.empty(), in("PT1S")).routingKey())
        .isEqualTo("0.".repeat(27) + "1." + Topology.UNROUTED);
  }

  @Test
  void longer_than_the_levels_reach_is_refused() {
    assertThat(of(Optional.of("q"), Optional.of(NOW.plus(Delay.MAX))).exchange())
        .isEqualTo("tallo.delay." + (1 << 27) + "s");
    assertThatThrownBy(() -> of(Optional.of("q"), Optional.of(NOW.plus(Delay.MAX).plusSeconds(1))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** The broker's part, played by the bindings that are declared. */
  private static final class Levels {
    private final Map<String, List<Declaration.ExchangeBinding>> onward = new HashMap<>();
    private final Map<String, List<Declaration.QueueBinding>> into = new HashMap<>();
    private final Map<String, Map<String, Object>> queues = new HashMap<>();

    Levels(List<String> workQueues) {
      List<Declaration.Entity> entities = new ArrayList<>(Topology.base().entities());
      workQueues.forEach(queue -> entities.addAll(Topology.workQueue(queue).entities()));
      for (Declaration.Entity entity : Set.copyOf(entities)) {
        switch (entity) {
          case Declaration.ExchangeBinding binding ->
              onward.computeIfAbsent(binding.source(), e -> new ArrayList<>()).add(binding);
          case Declaration.QueueBinding binding ->
              into.computeIfAbsent(binding.exchange(), e -> new ArrayList<>()).add(binding);
          case Declaration.Queue queue -> queues.put(queue.name(), queue.arguments());
          case Declaration.Exchange ignored -> {}
        }
      }
    }

    /** Where a message comes out, and after how many seconds; each copy of it. */
    List<String> arrivals(String exchange, String key, long seconds) {
      List<String> all = new ArrayList<>();
      for (Declaration.ExchangeBinding binding : onward.getOrDefault(exchange, List.of())) {
        if (matches(binding.key(), key)) {
          all.addAll(arrivals(binding.destination(), key, seconds));
        }
      }
      for (Declaration.QueueBinding binding : into.getOrDefault(exchange, List.of())) {
        if (matches(binding.key(), key)) {
          if (exchange.equals(Delay.DUE)) {
            all.add(binding.queue() + " after " + seconds);
          } else {
            Map<String, Object> level = queues.get(binding.queue());
            long held = (Long) level.get("x-message-ttl") / 1000;
            assertThat(binding.queue()).isEqualTo("tallo.delay." + held + "s");
            all.addAll(arrivals((String) level.get("x-dead-letter-exchange"), key, seconds + held));
          }
        }
      }
      return all;
    }

    /** As topic exchanges match: {@code *} is one word, {@code #} any number of them. */
    private static boolean matches(String pattern, String key) {
      String regex =
          Pattern.quote(pattern).replace("*", "\\E[^.]*\\Q").replace(".#", "\\E(\\..*)?\\Q");
      return key.matches(regex);
    }
  }

  @Test
  void every_delay_comes_back_once_to_its_queue_alone_and_exactly_then() {
    List<String> queues = List.of("q", "q.high", "high", "1", "0.1", "1.1.q");
    Levels levels = new Levels(queues);
    Random random = new Random(20260131);
    LongStream each = LongStream.rangeClosed(1, 300);
    LongStream powers =
        IntStream.range(0, 28)
            .mapToLong(bit -> 1L << bit)
            .flatMap(p -> LongStream.of(p, p * 2 - 1));
    LongStream any = LongStream.generate(() -> random.nextLong(1, 1L << 28)).limit(300);

    LongStream.concat(each, LongStream.concat(powers, any))
        .forEach(seconds -> comesBackOnce(levels, queues, seconds));
  }

  private static void comesBackOnce(Levels levels, List<String> queues, long seconds) {
    String queue = queues.get((int) (seconds % queues.size()));
    Publication delayed = Delay.delayed(Duration.ofSeconds(seconds), queue, MESSAGE);
    assertThat(levels.arrivals(delayed.exchange(), delayed.routingKey(), 0))
        .as("%d s to '%s'", seconds, queue)
        .containsExactly(queue + " after " + seconds);
  }
}
