package dev.tallo.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.testbroker.TestBroker;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the broker is taught, and when it is untaught. */
class LearningIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Map<String, String> REPORTS_TO_A = rules("reports.*", "a");

  @TempDir private Path data;
  private URI broker;
  private Client client;

  @BeforeEach
  void connect() throws Exception {
    broker = TestBroker.shared().newVhost();
    client = new Client(broker);
  }

  @AfterEach
  void disconnect() throws Exception {
    client.close();
  }

  @Test
  void the_second_message_of_a_name_does_not_pass_the_service() throws Exception {
    try (RoutingUnderTest routing = RoutingUnderTest.start(broker, data, REPORTS_TO_A)) {
      client.send("reports.sum");
      routing.awaitLearned("reports.sum");
      for (int i = 0; i < 20; i++) {
        client.send("reports.sum");
      }
      await().atMost(PATIENCE).until(() -> client.depth("a") == 21);
      assertThat(routing.decisions()).isEqualTo(1);
    }
  }

  @Test
  void what_was_learned_works_while_the_service_is_away() throws Exception {
    try (RoutingUnderTest routing = RoutingUnderTest.start(broker, data, REPORTS_TO_A)) {
      client.send("reports.sum");
      routing.awaitLearned("reports.sum");
    }
    client.send("reports.sum");
    await().atMost(PATIENCE).until(() -> client.depth("a") == 2);
  }

  @Test
  void a_start_with_other_rules_unlearns_what_they_decide_otherwise_and_nothing_else()
      throws Exception {
    try (RoutingUnderTest routing = RoutingUnderTest.start(broker, data, REPORTS_TO_A)) {
      client.send("reports.sum");
      client.send("mail.send");
      routing.awaitLearned("reports.sum");
      routing.awaitLearned("mail.send");
    }
    try (RoutingUnderTest routing = RoutingUnderTest.start(broker, data, rules("reports.*", "b"))) {
      assertThat(routing.learned("reports.sum")).isEmpty();
      assertThat(routing.learned("mail.send")).isPresent();
      client.send("reports.sum");
      client.send("mail.send");
      await().atMost(PATIENCE).until(() -> client.depth("b") == 1);
      await().atMost(PATIENCE).until(() -> client.depth("default") == 2);
      await().atMost(PATIENCE).until(() -> client.depth("a") == 1);
      await().atMost(PATIENCE).until(() -> routing.decisions() == 1);
    }
  }

  @Test
  void at_the_bound_the_names_that_came_by_first_make_room() throws Exception {
    Map<String, String> bounded = Map.of("tallo.routing.max-learned", "3");
    try (RoutingUnderTest routing = RoutingUnderTest.start(broker, data, bounded)) {
      for (String name : List.of("n1", "n2", "n3", "n4", "n5")) {
        client.send(name);
        routing.awaitLearned(name);
      }
      assertThat(routing.bindings().size()).isEqualTo(3);
      assertThat(routing.learned("n1")).isEmpty();
      assertThat(routing.learned("n2")).isEmpty();
      int before = routing.decisions();
      client.send("n5");
      client.send("n1");
      await().atMost(PATIENCE).until(() -> client.depth("default") == 7);
      await().atMost(PATIENCE).until(() -> routing.decisions() == before + 1);
    }
  }

  @Test
  void nothing_is_learned_when_the_bound_is_nothing() throws Exception {
    Map<String, String> off = Map.of("tallo.routing.max-learned", "0");
    try (RoutingUnderTest routing = RoutingUnderTest.start(broker, data, off)) {
      for (int i = 0; i < 10; i++) {
        client.send("reports.sum");
      }
      await().atMost(PATIENCE).until(() -> routing.decisions() == 10);
      assertThat(routing.bindings().size()).isZero();
    }
  }

  @Test
  void a_name_with_wildcards_is_routed_but_not_bound() throws Exception {
    try (RoutingUnderTest routing = RoutingUnderTest.start(broker, data, Map.of())) {
      client.send("#");
      client.send("mail.*");
      client.send("mail.send");
      routing.awaitLearned("mail.send");
      assertThat(routing.bindings().size()).isEqualTo(1);
      await().atMost(PATIENCE).until(() -> client.depth("default") == 3);
    }
  }

  private static Map<String, String> rules(String match, String queue) {
    return Map.of("tallo.routing.rules[0].match", match, "tallo.routing.rules[0].queue", queue);
  }
}
