package dev.tallo.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.rabbitmq.client.GetResponse;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.testbroker.TestBroker;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two replicas as processes on one PostgreSQL, rules that change while tasks are published as fast
 * as one connection confirms them, and one replica killed now and then. {@code
 * -Dtallo.test.rule-changes=100} is the long form, or more.
 */
@EnabledIfSystemProperty(named = "tallo.test.store", matches = "postgresql")
class ReplicasIT {
  private static final int CHANGES = Integer.getInteger("tallo.test.rule-changes", 24);
  private static final int KILL_EVERY = 10;
  private static final int NAMES = 25;

  /** What a replica has under way at most: the default of tallo.routing.prefetch. */
  private static final int PREFETCH = 500;

  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicBoolean enough = new AtomicBoolean();
  private URI broker;
  private String database;
  private Replica[] replicas;

  /**
   * Change number n sends everything to queue {@code w<n>}. A task carries the number of the last
   * change that had been answered when it was published, and must not be found in an earlier queue.
   */
  @Test
  void no_task_is_lost_or_goes_by_an_old_rule_and_only_a_kill_may_double_one() throws Exception {
    broker = TestBroker.shared().newVhost();
    database = TestStores.urlOf(folder);
    replicas = new Replica[] {start(), start()};
    int kills = 0;
    try (Client reader = new Client(broker)) {
      for (Replica replica : replicas) {
        replica.ready();
      }
      change(0);
      CompletableFuture<Map<String, Integer>> publishing =
          CompletableFuture.supplyAsync(this::publish);
      for (int change = 1; change <= CHANGES; change++) {
        awaitLearned(publishing);
        if (change % KILL_EVERY == KILL_EVERY / 2) {
          int victim = kills++ % 2;
          replicas[victim].kill();
          replicas[victim] = start();
        }
        change(change);
        answered.set(change);
      }
      awaitLearned(publishing);
      enough.set(true);
      Map<String, Integer> published = publishing.get();
      await().atMost(PATIENCE).until(() -> reader.depth(Topology.UNROUTED) == 0);
      // What is under way is not in the queue's depth.
      await().pollDelay(Duration.ofSeconds(2)).atMost(PATIENCE).until(() -> settled(reader));

      Map<String, Integer> seen = new HashMap<>();
      List<String> tooEarly = new ArrayList<>();
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                for (int queue = 0; queue <= CHANGES; queue++) {
                  for (GetResponse message : reader.drain("w" + queue)) {
                    String id = message.getProps().getMessageId();
                    seen.merge(id, 1, Integer::sum);
                    if (queue < published.get(id)) {
                      tooEarly.add(id);
                    }
                  }
                }
                assertThat(seen.keySet()).as("none is lost").isEqualTo(published.keySet());
              });
      assertThat(tooEarly).as("gone by an old rule").isEmpty();
      int doubled = seen.values().stream().mapToInt(copies -> copies - 1).sum();
      assertThat(doubled)
          .as("copies of what a killed replica had under way")
          .isLessThanOrEqualTo(kills * PREFETCH);
      assertThat(published.size()).isGreaterThan(CHANGES * 20);
      assertThat(reader.depth(Topology.UNROUTABLE)).isZero();
    } finally {
      enough.set(true);
      for (Replica replica : replicas) {
        replica.close();
      }
    }
  }

  private Replica start() throws IOException {
    return Replica.start(broker, database, folder);
  }

  private boolean settled(Client reader) throws IOException {
    int before = total(reader);
    return reader.depth(Topology.UNROUTED) == 0 && total(reader) == before;
  }

  private static int total(Client reader) throws IOException {
    int total = 0;
    for (int queue = 0; queue <= CHANGES; queue++) {
      total += reader.depth("w" + queue);
    }
    return total;
  }

  /** By one replica, then by the other, until one has answered that it is done. */
  private void change(int number) {
    String rule = "{\"match\": {}, \"queue\": \"w%d\"}".formatted(number);
    String added = "{\"id\": \"all\", \"match\": {}, \"queue\": \"w%d\"}".formatted(number);
    AtomicInteger attempt = new AtomicInteger(number);
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              Replica replica = replicas[attempt.getAndIncrement() % 2];
              // 409 is the answer when an attempt was done whose answer was lost.
              return number == 0
                  ? List.of(201, 409).contains(replica.send("POST", "/api/v1/routes", added))
                  : replica.send("PUT", "/api/v1/routes/all", rule) == 200;
            });
  }

  private void awaitLearned(CompletableFuture<?> publishing) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              assertThat(publishing).isNotCompletedExceptionally();
              for (Replica replica : replicas) {
                Optional<Integer> learned = learned(replica);
                if (learned.isPresent()) {
                  return learned.get() > NAMES / 2;
                }
              }
              return false;
            });
  }

  private static Optional<Integer> learned(Replica replica) throws InterruptedException {
    try {
      JsonNode bindings = JSON.readTree(replica.get("/api/v1/routes/bindings")).path("bindings");
      return bindings.isArray() ? Optional.of(bindings.size()) : Optional.empty();
    } catch (IOException away) {
      return Optional.empty();
    }
  }

  private Map<String, Integer> publish() {
    Map<String, Integer> published = new HashMap<>();
    try (Client client = new Client(broker)) {
      for (int i = 0; !enough.get(); i++) {
        String name = "load.n" + i % NAMES;
        AmqpMessage task = Client.task(name);
        published.put(task.properties().getMessageId(), answered.get());
        client.publish(Topology.TASKS, name, task.properties(), task.body());
        if (i % 20 == 0) {
          client.confirm();
        }
      }
      client.confirm();
      return published;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
