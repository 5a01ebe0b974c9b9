package dev.tallo.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.GetResponse;
import dev.tallo.messaging.broker.PublishException;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.routing.rule.Rule;
import dev.tallo.testbroker.FaultProxy;
import dev.tallo.testbroker.TestBroker;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules that change while messages flow. */
class RuleChangeIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int CHANGES = 20;
  private static final int NAMES = 25;
  private static final int MESSAGES = 2_000;

  @TempDir private Path data;
  private URI broker;

  @BeforeEach
  void makeVhost() {
    broker = TestBroker.shared().newVhost();
  }

  @Test
  void a_change_moves_what_was_learned() throws Exception {
    try (RoutingUnderTest routing = RoutingUnderTest.start(broker, data, Map.of());
        Client client = new Client(broker)) {
      client.send("reports.sum");
      routing.awaitLearned("reports.sum");
      routing.put(Rule.of("test", "reports.*", "b"));
      client.send("reports.sum");
      await().atMost(PATIENCE).until(() -> client.depth("b") == 1);
      routing.awaitLearned("reports.sum");
      client.send("reports.sum");
      await().atMost(PATIENCE).until(() -> client.depth("b") == 2);
      await().atMost(PATIENCE).until(() -> client.depth("default") == 1);
      assertThat(routing.decisions()).isEqualTo(2);
    }
  }

  /**
   * Change number n sends everything to queue {@code w<n>}. A message carries the number of the
   * last change that had returned when it was published, and must not be found in an earlier queue.
   */
  @Test
  void no_message_is_lost_or_doubled_or_goes_by_an_old_rule() throws Exception {
    AtomicInteger returned = new AtomicInteger();
    AtomicBoolean enough = new AtomicBoolean();
    AtomicInteger sent = new AtomicInteger();
    try (RoutingUnderTest routing = RoutingUnderTest.start(broker, data, Map.of());
        Client reader = new Client(broker)) {
      routing.put(Rule.of("test", "*", "w0"));
      CompletableFuture<Map<String, Integer>> publishing =
          CompletableFuture.supplyAsync(() -> publishUntil(enough, returned, sent));
      try {
        for (int change = 1; change <= CHANGES; change++) {
          await().atMost(PATIENCE).until(() -> routing.bindings().size() > NAMES / 2);
          routing.put(Rule.of("test", "*", "w" + change));
          returned.set(change);
        }
        await()
            .atMost(PATIENCE)
            .until(() -> routing.bindings().size() == NAMES && sent.get() > MESSAGES);
      } finally {
        enough.set(true);
      }
      Map<String, Integer> published = publishing.get(60, TimeUnit.SECONDS);
      // What is under way is in no queue's depth.
      await().atMost(PATIENCE).until(() -> routed(reader) >= published.size());

      Set<String> seen = new HashSet<>();
      // Again, since a busy broker may say of a queue that it is empty.
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                drain(reader, published, seen);
                return seen.size() >= published.size();
              });
      drain(reader, published, seen);
      assertThat(seen).isEqualTo(published.keySet());
      assertThat(routing.decisions()).isLessThan(published.size());
    }
  }

  /** Takes what is in the queues: each message once, and none by an old rule. */
  private static void drain(Client reader, Map<String, Integer> published, Set<String> seen)
      throws IOException {
    for (int queue = 0; queue <= CHANGES; queue++) {
      for (GetResponse message : reader.drain("w" + queue)) {
        String id = message.getProps().getMessageId();
        assertThat(seen.add(id)).as("%s is there once", id).isTrue();
        assertThat(queue).as("queue of %s", id).isGreaterThanOrEqualTo(published.get(id));
      }
    }
  }

  private static int routed(Client reader) throws IOException {
    int sum = 0;
    for (int queue = 0; queue <= CHANGES; queue++) {
      sum += reader.depth("w" + queue);
    }
    return sum;
  }

  @Test
  void a_change_that_the_broker_does_not_take_leaves_the_old_rules_in_force() throws Exception {
    try (FaultProxy proxy = new FaultProxy(TestBroker.shared().port());
        RoutingUnderTest routing = RoutingUnderTest.start(proxy.inFrontOf(broker), data, Map.of());
        Client client = new Client(broker)) {
      client.send("reports.sum");
      routing.awaitLearned("reports.sum");
      proxy.refuse();
      proxy.reset();
      assertThatThrownBy(() -> routing.put(Rule.of("test", "*", "b")))
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOfAny(PublishException.BrokerUnavailable.class, IOException.class);
      proxy.pass();
      routing.awaitConsuming();
      client.send("reports.sum");
      client.send("mail.send");
      await().atMost(Duration.ofSeconds(60)).until(() -> client.depth("default") == 3);
      // Its connection for changes may come back after those that it takes messages by.
      await()
          .atMost(PATIENCE)
          .ignoreException(ExecutionException.class)
          .until(
              () -> {
                routing.put(Rule.of("test", "*", "b"));
                return true;
              });
      client.send("reports.sum");
      await().atMost(PATIENCE).until(() -> client.depth("b") == 1);
    }
  }

  private Map<String, Integer> publishUntil(
      AtomicBoolean enough, AtomicInteger returned, AtomicInteger sent) {
    Map<String, Integer> published = new HashMap<>();
    try (Client client = new Client(broker)) {
      for (int i = 0; !enough.get(); i++) {
        String name = "load.n" + i % NAMES;
        AmqpMessage task = Client.task(name);
        published.put(task.properties().getMessageId(), returned.get());
        client.publish(Topology.TASKS, name, task.properties(), task.body());
        sent.incrementAndGet();
        if (i % 10 == 0) {
          client.confirm();
        }
      }
      client.confirm();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return published;
  }
}
