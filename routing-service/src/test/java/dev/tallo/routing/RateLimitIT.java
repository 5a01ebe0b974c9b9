package dev.tallo.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.routing.rule.RuleJson;
import dev.tallo.routing.rule.RuleReader;
import dev.tallo.testbroker.TestBroker;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A rate that several replicas and several workers keep together. */
@EnabledIfSystemProperty(named = "tallo.test.store", matches = "postgresql")
class RateLimitIT {
  private static final int RATE = 20;
  private static final int TASKS = 41 * RATE;

  @TempDir private Path data;

  @Test
  void two_replicas_and_three_workers_keep_a_rate_to_within_a_tenth() throws Exception {
    URI broker = TestBroker.shared().newVhost();
    try (RoutingUnderTest one = RoutingUnderTest.start(broker, data, Map.of());
        RoutingUnderTest two = RoutingUnderTest.start(broker, data, Map.of());
        Client client = new Client(broker);
        Client workers = new Client(broker)) {
      one.put(
          RuleReader.read(
              RuleJson.object(
                  """
                  {"match": {}, "queue": "limited", "limit": {"rate": "%d/s", "burst": 1}}
                  """
                      .formatted(RATE)),
              "limited",
              Set.of()));
      Queue<Long> arrivals = new ConcurrentLinkedQueue<>();
      for (int worker = 0; worker < 3; worker++) {
        Channel channel = workers.channel().getConnection().createChannel();
        channel.basicConsume(
            "limited", true, (tag, message) -> arrivals.add(System.nanoTime()), tag -> {});
      }
      for (int i = 0; i < TASKS; i++) {
        AmqpMessage task = Client.task("t");
        client.publish(Topology.TASKS, "t", task.properties(), task.body());
      }
      client.confirm();
      await().atMost(Duration.ofSeconds(180)).until(() -> arrivals.size() == TASKS);
      List<Long> times = new ArrayList<>(arrivals);
      // The median, so that a moment in which this machine had no time for it does not count.
      double[] rates =
          IntStream.range(0, TASKS / 2)
              .mapToDouble(i -> 1e9 * (TASKS / 2) / (times.get(i + TASKS / 2) - times.get(i)))
              .sorted()
              .toArray();
      assertThat(rates[rates.length / 2]).isBetween(0.9 * RATE, 1.1 * RATE);
      assertThat(one.passed()).as("each replica did its part").isPositive();
      assertThat(two.passed()).isPositive();
    }
  }
}
