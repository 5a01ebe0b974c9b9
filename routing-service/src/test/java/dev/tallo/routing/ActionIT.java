package dev.tallo.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.GetResponse;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.Embed;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.ResultCodec;
import dev.tallo.messaging.protocol.Signature;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.routing.rule.Rule;
import dev.tallo.routing.rule.RuleJson;
import dev.tallo.routing.rule.RuleReader;
import dev.tallo.testbroker.TestBroker;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a task, by what rules can say. */
class ActionIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
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

  private static Rule rule(String json) {
    return RuleReader.read(RuleJson.object(json), "test", Set.of());
  }

  private RoutingUnderTest routing(String json) throws Exception {
    RoutingUnderTest routing = RoutingUnderTest.start(broker, data, Map.of());
    routing.put(rule(json));
    return routing;
  }

  private static TaskMessage.Builder task(String name) {
    return TaskMessage.builder(UUID.randomUUID().toString(), name);
  }

  private String send(TaskMessage task) throws Exception {
    AmqpMessage message = TaskCodec.encode(task);
    client.publish(Topology.TASKS, task.task(), message.properties(), message.body());
    client.confirm();
    return task.id();
  }

  private static TaskMessage decoded(GetResponse message) throws Exception {
    return TaskCodec.decode(new AmqpMessage(message.getProps(), message.getBody()));
  }

  @Test
  void headers_and_arguments_decide_and_are_looked_at_for_each_message() throws Exception {
    try (RoutingUnderTest routing =
        routing(
            """
            {"match": {"task": "reports.*", "headers": {"tenant": {"equals": "acme"}},
                       "arguments": {"/kwargs/pages": {"range": {"min": 100}}}}, "queue": "big"}
            """)) {
      send(
          task("reports.sum")
              .header("tenant", "acme")
              .kwargs(JsonNodeFactory.instance.objectNode().put("pages", 100))
              .build());
      send(
          task("reports.sum")
              .header("tenant", "acme")
              .kwargs(JsonNodeFactory.instance.objectNode().put("pages", 99))
              .build());
      send(task("reports.sum").build());
      await()
          .atMost(PATIENCE)
          .until(() -> client.depth("big") == 1 && client.depth("default") == 2);
      assertThat(routing.learned("reports.sum")).isEmpty();
    }
  }

  @Test
  void a_body_that_cannot_be_read_is_parked_when_a_rule_asks_for_it() throws Exception {
    try (RoutingUnderTest _ =
        routing(
            """
            {"match": {"arguments": {"/args/0": {"equals": 1}}}, "queue": "q"}
            """)) {
      AmqpMessage task = Client.task("reports.sum");
      byte[] nonsense = "nonsense".getBytes(StandardCharsets.UTF_8);
      client.publish(Topology.TASKS, "reports.sum", task.properties(), nonsense);
      GetResponse parked = client.take(Topology.UNROUTABLE);
      assertThat(parked.getProps().getHeaders().get("x-tallo-reason")).hasToString("undecodable");
      assertThat(parked.getBody()).isEqualTo(nonsense);
    }
  }

  @Test
  void a_split_sends_each_task_to_one_of_its_queues() throws Exception {
    try (RoutingUnderTest _ =
        routing("{\"match\": {}, \"split\": {\"queues\": {\"a\": 70, \"b\": 30}}}")) {
      for (int i = 0; i < 300; i++) {
        send(task("t").build());
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> client.depth("a") + client.depth("b") == 300);
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(client.depth("b")).isBetween(50, 130));
    }
  }

  @Test
  void a_mirror_gets_a_task_of_its_own_that_nothing_follows() throws Exception {
    try (RoutingUnderTest _ =
        routing("{\"match\": {}, \"queue\": \"a\", \"mirror\": \"shadow\"}")) {
      Signature next =
          new Signature(
              "next",
              JsonNodeFactory.instance.arrayNode(),
              JsonNodeFactory.instance.objectNode(),
              JsonNodeFactory.instance.objectNode(),
              Optional.empty(),
              false,
              Map.of());
      TaskMessage sent =
          task("reports.sum")
              .args(JsonNodeFactory.instance.arrayNode().add(7))
              .header("tenant", "acme")
              .replyTo("elsewhere")
              .embed(new Embed(List.of(next), List.of(), List.of(), Optional.empty()))
              .build();
      send(sent);
      TaskMessage original = decoded(client.take("a"));
      assertThat(original.id()).isEqualTo(sent.id());
      assertThat(original.body().embed().callbacks()).hasSize(1);
      TaskMessage copy = decoded(client.take("shadow"));
      assertThat(copy.id()).isNotEqualTo(sent.id());
      assertThat(copy.task()).isEqualTo("reports.sum");
      assertThat(copy.body().args()).isEqualTo(sent.body().args());
      assertThat(copy.body().embed().isEmpty()).isTrue();
      assertThat(copy.headers().parentId()).contains(sent.id());
      assertThat(copy.headers().custom())
          .containsEntry("tenant", "acme")
          .containsEntry("x-tallo-mirror-of", sent.id());
      assertThat(copy.replyTo()).contains(Topology.RESULTS);
    }
  }

  @Test
  void a_task_whose_queue_is_full_is_mirrored_once() throws Exception {
    client
        .channel()
        .queueDeclare(
            "full",
            true,
            false,
            false,
            Map.of("x-queue-type", "quorum", "x-max-length", 1, "x-overflow", "reject-publish"));
    try (RoutingUnderTest _ =
        routing("{\"match\": {}, \"queue\": \"full\", \"mirror\": \"shadow\"}")) {
      List<String> sent = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        sent.add(send(task("t").build()));
      }
      Set<String> arrived = new HashSet<>();
      while (arrived.size() < 3) {
        arrived.add(client.take("full").getProps().getMessageId());
      }
      assertThat(arrived).containsExactlyInAnyOrderElementsOf(sent);
      await().atMost(PATIENCE).until(() -> client.depth("shadow") == 3);
    }
  }

  @Test
  void a_rejected_task_has_an_outcome_with_the_reason() throws Exception {
    try (RoutingUnderTest routing = routing("{\"match\": {}, \"reject\": \"not on Sundays\"}")) {
      String id = send(task("reports.sum").replyTo(Topology.RESULTS).build());
      Outcome outcome = outcome(client.take(Topology.RESULTS));
      assertThat(outcome.result().taskId()).isEqualTo(id);
      assertThat(outcome.result().state()).isEqualTo(State.REJECTED);
      assertThat(outcome.result().result().toString()).contains("not on Sundays");
      assertThat(outcome.args()).isEmpty();
      assertThat(client.depth("default")).isZero();
      assertThat(routing.learned("reports.sum")).isEmpty();
    }
  }

  @Test
  void who_waits_for_a_rejected_task_elsewhere_is_told_as_well() throws Exception {
    client.channel().queueDeclare("mine", true, false, false, Map.of());
    try (RoutingUnderTest _ = routing("{\"match\": {}, \"reject\": \"not on Sundays\"}")) {
      String id = send(task("reports.sum").replyTo("mine").build());
      Outcome told = outcome(client.take("mine"));
      assertThat(told.result().state()).isEqualTo(State.REJECTED);
      Outcome recorded = outcome(client.take(Topology.RESULTS));
      assertThat(recorded.result().taskId()).isEqualTo(id);
      assertThat(recorded.args()).isPresent();

      AmqpMessage python = TaskCodec.encode(task("reports.sum").replyTo("mine").build());
      Map<String, Object> headers = new HashMap<>(python.properties().getHeaders());
      headers.put("lang", "py");
      AMQP.BasicProperties properties = python.properties().builder().headers(headers).build();
      client.publish(Topology.TASKS, "reports.sum", properties, python.body());
      assertThat(outcome(client.take("mine")).result().state()).isEqualTo(State.FAILURE);
      send(task("reports.sum").replyTo("gone").build());
      await().atMost(PATIENCE).until(() -> client.depth(Topology.UNROUTED) == 0);
      assertThat(client.depth(Topology.UNROUTABLE)).isZero();
    }
  }

  private static Outcome outcome(GetResponse message) throws Exception {
    return ResultCodec.decode(new AmqpMessage(message.getProps(), message.getBody()))
        .outcomes()
        .getFirst();
  }

  @Test
  void what_exceeds_a_rate_waits_in_the_broker_each_key_for_itself() throws Exception {
    try (RoutingUnderTest _ =
        routing(
            """
            {"match": {}, "queue": "a",
             "limit": {"rate": "1/s", "burst": 2, "key": {"header": "tenant"}}}
            """)) {
      Instant begun = Instant.now();
      for (int i = 0; i < 5; i++) {
        send(task("t").header("tenant", "acme").build());
      }
      send(task("t").header("tenant", "other").build());
      await().atMost(PATIENCE).until(() -> client.depth("a") >= 3);
      await().atMost(Duration.ofSeconds(60)).until(() -> client.depth("a") == 6);
      assertThat(Duration.between(begun, Instant.now())).isGreaterThan(Duration.ofSeconds(3));
      assertThat(client.drain("a"))
          .allSatisfy(
              message ->
                  assertThat(message.getProps().getHeaders())
                      .doesNotContainKey("x-tallo-rate-slot"));
    }
  }

  @Test
  void a_task_that_waits_goes_by_the_rules_of_the_time_when_it_is_due() throws Exception {
    try (RoutingUnderTest routing =
        routing("{\"match\": {}, \"queue\": \"a\", \"limit\": {\"rate\": \"3/m\"}}")) {
      send(task("t").build());
      send(task("t").build());
      await().atMost(PATIENCE).until(() -> client.depth("a") == 1);
      routing.put(rule("{\"match\": {}, \"queue\": \"b\"}"));
      await().atMost(Duration.ofSeconds(60)).until(() -> client.depth("b") == 1);
      await().atMost(PATIENCE).until(() -> client.depth("a") == 1);
    }
  }

  @Test
  void a_queue_is_made_on_first_use_only_if_that_is_allowed() throws Exception {
    try (RoutingUnderTest routing =
        RoutingUnderTest.start(broker, data, Map.of("tallo.routing.create-queues", "false"))) {
      routing.put(Rule.of("test", "x", "new"));
      send(task("x").build());
      GetResponse parked = client.take(Topology.UNROUTABLE);
      assertThat(parked.getProps().getHeaders().get("x-tallo-reason")).hasToString("no-queue");
      assertThat(routing.learned("x")).isEmpty();
    }
    try (RoutingUnderTest _ = RoutingUnderTest.start(broker, data, Map.of())) {
      send(task("x").build());
      assertThat(client.take("new")).isNotNull();
    }
  }
}
