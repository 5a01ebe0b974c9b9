package dev.tallo.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.testbroker.FaultProxy;
import dev.tallo.testbroker.TestBroker;
import dev.tallo.testpostgres.TestPostgres;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two replicas that lose the broker for a while, each a process of its own. */
class SpoolReplicasIT {
  private static final String QUEUE = "spool-replicas-it";
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private static int submit(Replica replica, String id) {
    return replica
        .request()
        .body("{\"task\": \"demo.add\", \"queue\": \"%s\", \"id\": \"%s\"}".formatted(QUEUE, id))
        .post(ProducerTest.TASKS)
        .statusCode();
  }

  private static String state(Replica replica, String id) {
    return replica.request().get(ProducerTest.TASKS + "/" + id).asString();
  }

  private static boolean isAway(Replica replica, String marker) {
    return replica
        .request()
        .body(
            "{\"task\": \"demo.add\", \"queue\": \"%s\", \"id\": \"%s\"}".formatted(QUEUE, marker))
        .post(ProducerTest.TASKS)
        .asString()
        .contains("spooled");
  }

  @Test
  void what_both_have_taken_is_published_once_and_in_order_also_after_a_restart() throws Exception {
    URI broker = TestBroker.shared().newVhost();
    String database = TestPostgres.shared().newDatabase();
    List<String> atOne = new ArrayList<>();
    List<String> atTwo = new ArrayList<>();
    try (FaultProxy proxy = new FaultProxy(broker.getPort());
        TestWorker worker = new TestWorker(QUEUE, broker.toString())) {
      worker.rest();
      String address = proxy.inFrontOf(broker).toString();
      Replica one = start(address, database);
      try (Replica two = start(address, database)) {
        one.ready();
        two.ready();
        proxy.refuse();
        proxy.reset();
        awaitAway(one, "away-1");
        awaitAway(two, "away-2");
        for (int i = 0; i < 50; i++) {
          assertThat(submit(one, "one-" + i)).isEqualTo(202);
          atOne.add("one-" + i);
          assertThat(submit(two, "two-" + i)).isEqualTo(202);
          atTwo.add("two-" + i);
        }
        assertThat(state(two, "one-49")).contains("\"spooled\":true");
        one.kill();
        proxy.pass();

        for (String last : List.of("one-49", "two-49")) {
          await().atMost(PATIENCE).until(() -> state(two, last).contains("\"spooled\":false"));
        }
        List<String> received =
            worker.queued(100).stream()
                .map(TaskMessage::id)
                .filter(id -> !id.startsWith("away"))
                .toList();
        assertThat(received).doesNotHaveDuplicates();
        assertThat(received)
            .filteredOn(id -> id.startsWith("one-"))
            .containsExactlyElementsOf(atOne);
        assertThat(received)
            .filteredOn(id -> id.startsWith("two-"))
            .containsExactlyElementsOf(atTwo);
      } finally {
        one.close();
      }
    }
  }

  private static Replica start(String broker, String database) throws IOException {
    return Replica.startAmongOthers(broker, database, "-Dtallo.producer.spool=true");
  }

  /** Until it has noticed, tasks are still published, or answered as unclear. */
  private static void awaitAway(Replica replica, String marker) {
    int[] tries = new int[1];
    await().atMost(PATIENCE).until(() -> isAway(replica, marker + "-" + tries[0]++));
  }
}
