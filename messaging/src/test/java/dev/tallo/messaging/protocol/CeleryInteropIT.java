package dev.tallo.messaging.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import dev.tallo.testbroker.TestBroker;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What Tallo writes, read by a real Celery: its worker, its client and its event receiver. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class CeleryInteropIT {

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String QUEUE = "interop";
  private static final String ANSWERS = "answers";

  private URI vhost;
  private Connection connection;
  private Channel channel;

  @BeforeEach
  void connect() throws Exception {
    vhost = TestBroker.shared().newVhost();
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(vhost);
    connection = factory.newConnection();
    channel = connection.createChannel();
    channel.queueDeclare(ANSWERS, true, false, false, Map.of());
  }

  @AfterEach
  void disconnect() throws Exception {
    connection.close();
  }

  @Test
  void a_celery_worker_runs_the_tasks_that_tallo_sends() throws Exception {
    try (CeleryProcess worker = CeleryProcess.start("worker", vhost)) {
      send(task("sum", "interop.add", NODES.arrayNode().add(2), NODES.objectNode().put("y", 3)));
      assertThat(answer("sum").result()).isEqualTo(NODES.numberNode(5));

      send(task("bad", "interop.fail", NODES.arrayNode().add("boom"), NODES.objectNode()));
      TaskResult failure = answer("bad");
      assertThat(failure.state()).isEqualTo(State.FAILURE);
      assertThat(failure.exception().orElseThrow().type()).isEqualTo("ValueError");

      everyHeaderArrives();
      theChainGoesOn();
      assertThat(worker.running()).isTrue();
    }
  }

  private void everyHeaderArrives() throws Exception {
    OffsetDateTime eta = OffsetDateTime.now(ZoneOffset.UTC).minusSeconds(1);
    TaskMessage message =
        TaskMessage.builder("full", "interop.echo")
            .args(NODES.arrayNode().add("zwölf 🌱").addNull().add(Double.POSITIVE_INFINITY))
            .kwargs(NODES.objectNode().set("k", NODES.arrayNode().add(true)))
            .replyTo(ANSWERS)
            .priority(7)
            .eta(eta)
            .expires(eta.plusDays(1))
            .group("g1", 3)
            .retries(2)
            .timeLimits(
                new TimeLimits(
                    Optional.of(Duration.ofSeconds(300)), Optional.of(Duration.ofSeconds(200))))
            .rootId("r1")
            .parentId("p1")
            .origin("tallo@test")
            .header("tenant", Map.of("name", "acme", "tags", List.of("a", 1L)))
            .header("big", Long.MAX_VALUE)
            .stamps(List.of("s"), Map.of("s", "v"))
            .build();
    send(message);

    JsonNode seen = answer("full").result();

    assertThat(seen.get("args"))
        .isEqualTo(NODES.arrayNode().add("zwölf 🌱").addNull().add(Double.POSITIVE_INFINITY));
    assertThat(seen.at("/kwargs/k/0").booleanValue()).isTrue();
    assertThat(seen.get("id").textValue()).isEqualTo("full");
    assertThat(seen.get("root_id").textValue()).isEqualTo("r1");
    assertThat(seen.get("parent_id").textValue()).isEqualTo("p1");
    assertThat(seen.get("retries").intValue()).isEqualTo(2);
    assertThat(seen.get("eta").textValue()).isEqualTo(Iso8601.format(eta));
    assertThat(seen.get("expires").textValue()).isEqualTo(Iso8601.format(eta.plusDays(1)));
    assertThat(seen.get("group").textValue()).isEqualTo("g1");
    assertThat(seen.get("timelimit")).hasToString("[300,200]");
    assertThat(seen.get("origin").textValue()).isEqualTo("tallo@test");
    assertThat(seen.get("priority").intValue()).isEqualTo(7);
    assertThat(seen.get("tenant"))
        .isEqualTo(CeleryJson.MAPPER.readTree("{\"name\":\"acme\",\"tags\":[\"a\",1]}"));
    assertThat(seen.get("big").textValue()).isEqualTo("9223372036854775807");
  }

  private void theChainGoesOn() throws Exception {
    ObjectNode options = NODES.objectNode().put("task_id", "last").put("reply_to", ANSWERS);
    Signature next =
        new Signature(
            "interop.add",
            NODES.arrayNode().add(40),
            NODES.objectNode(),
            options,
            Optional.empty(),
            false,
            Map.of());
    Signature callback =
        new Signature(
            "interop.echo",
            NODES.arrayNode(),
            NODES.objectNode(),
            options.deepCopy().put("task_id", "callback"),
            Optional.empty(),
            true,
            Map.of());
    send(
        task("first", "interop.add", NODES.arrayNode().add(1).add(1), NODES.objectNode())
            .toBuilder()
            .embed(new Embed(List.of(callback), List.of(), List.of(next), Optional.empty()))
            .build());

    Map<String, TaskResult> answers =
        Stream.of(answer(), answer(), answer())
            .collect(Collectors.toMap(TaskResult::taskId, result -> result));

    assertThat(answers).containsOnlyKeys("first", "last", "callback");
    assertThat(answers.get("last").result()).isEqualTo(NODES.numberNode(42));
    assertThat(answers.get("callback").result().get("args")).isEmpty();
    assertThat(answers.get("callback").result().get("parent_id").textValue()).isEqualTo("first");
  }

  @Test
  void a_celery_client_understands_the_results_that_tallo_sends() throws Exception {
    try (CeleryProcess client = CeleryProcess.start("client", vhost)) {
      for (int i = 0; i < 3; i++) {
        TaskMessage task = TaskCodec.decode(next(QUEUE));
        AmqpMessage result = ResultCodec.encodeResult(run(task));
        channel.basicPublish("", task.replyTo().orElseThrow(), result.properties(), result.body());
      }

      assertThat(client.lines(4))
          .satisfiesExactly(
              line ->
                  assertThat(line)
                      .startsWith("success: {'sum': 4, 'note': 'zwölf'} SUCCESS 2026-11-22"),
              line -> assertThat(line).isEqualTo("failure: PaymentDeclined ('boom', 7) FAILURE"),
              line -> assertThat(line).isEqualTo("traceback: at com.acme.Payments"),
              line -> assertThat(line).isEqualTo("revoked: ('expired',) REVOKED"));
    }
  }

  private static TaskResult run(TaskMessage task) {
    ArrayNode args = task.body().args();
    return switch (task.task()) {
      case "java.add" ->
          result(
              task,
              State.SUCCESS,
              NODES
                  .objectNode()
                  .put("sum", args.get(0).intValue() + args.get(1).intValue())
                  .set("note", task.body().kwargs().get("note")));
      case "java.fail" -> {
        assertThat(task.headers().custom()).isEqualTo(Map.of("tenant", "acme"));
        ArrayNode message = NODES.arrayNode().add(args.get(0)).add(7);
        yield result(
            task,
            State.FAILURE,
            new TaskException("PaymentDeclined", message, "com.acme").toJson());
      }
      default ->
          result(
              task,
              State.REVOKED,
              TaskException.of("TaskRevokedError", "expired", "celery.exceptions").toJson());
    };
  }

  private static TaskResult result(TaskMessage task, State state, JsonNode value) {
    return new TaskResult(
        task.id(),
        state,
        value,
        state == State.FAILURE ? Optional.of("at com.acme.Payments") : Optional.empty(),
        List.of(),
        Optional.of(OffsetDateTime.parse("2026-11-22T19:41:55.829782Z")),
        new TaskResult.Extended(
            Optional.of(task.task()),
            Optional.of("tallo@test"),
            OptionalInt.of(0),
            Optional.of(QUEUE),
            Optional.empty(),
            Optional.empty(),
            task.headers().rootId()));
  }

  @Test
  void celerys_event_state_follows_the_events_that_tallo_sends() throws Exception {
    try (CeleryProcess receiver = CeleryProcess.start("events", vhost)) {
      receiver.lines(1);
      Instant now = Instant.now();
      List<Event> story =
          List.of(
              worker(WorkerEvent.Type.ONLINE, now),
              worker(WorkerEvent.Type.HEARTBEAT, now),
              new TaskEvent(
                  TaskEvent.Type.RECEIVED,
                  "t1",
                  "tallo@test",
                  now,
                  Map.of(
                      "name", NODES.textNode("demo.add"),
                      "args", NODES.textNode("(2, 2)"),
                      "kwargs", NODES.textNode("{}"))),
              new TaskEvent(
                  TaskEvent.Type.STARTED, "t1", "tallo@test", now.plusMillis(1), Map.of()),
              new TaskEvent(
                  TaskEvent.Type.PROGRESS,
                  "t1",
                  "tallo@test",
                  now.plusMillis(1),
                  Map.of(
                      "done", NODES.numberNode(3),
                      "total", NODES.numberNode(10.5),
                      "note", NODES.nullNode(),
                      "retries", NODES.numberNode(0))),
              new TaskEvent(
                  TaskEvent.Type.SUCCEEDED,
                  "t1",
                  "tallo@test",
                  now.plusMillis(2),
                  Map.of("result", NODES.textNode("4"), "runtime", NODES.numberNode(0.001))));
      publish(EventCodec.BATCH_ROUTING_KEY, EventCodec.encodeBatch(story));
      WorkerEvent offline = worker(WorkerEvent.Type.OFFLINE, now.plusSeconds(1));
      publish(EventCodec.routingKey(offline), EventCodec.encode(offline));

      assertThat(receiver.lines(8).subList(1, 8))
          .containsExactly(
              "worker-online: tallo@test True tallo 1",
              "worker-heartbeat: tallo@test True tallo 1",
              "task-received: t1 RECEIVED demo.add None",
              "task-started: t1 STARTED demo.add None",
              "task-progress: t1 PROGRESS demo.add None",
              "task-succeeded: t1 SUCCESS demo.add 4",
              "worker-offline: tallo@test False tallo 1");
    }
  }

  private static WorkerEvent worker(WorkerEvent.Type type, Instant time) {
    return new WorkerEvent(
        type, "tallo@test", time, 2, 1, 7, "tallo", "0.1", List.of(QUEUE), List.of("demo.add"));
  }

  private void publish(String routingKey, byte[] body) throws IOException {
    AMQP.BasicProperties properties =
        new AMQP.BasicProperties.Builder()
            .contentType("application/json")
            .contentEncoding("utf-8")
            .headers(Map.of("hostname", "tallo@test"))
            .build();
    channel.basicPublish("celeryev", routingKey, properties, body);
  }

  private static TaskMessage task(String id, String name, ArrayNode args, ObjectNode kwargs) {
    return TaskMessage.builder(id, name).args(args).kwargs(kwargs).replyTo(ANSWERS).build();
  }

  private void send(TaskMessage task) throws IOException {
    channel.queueDeclare(QUEUE, true, false, false, Map.of());
    AmqpMessage message = TaskCodec.encode(task);
    channel.basicPublish("", QUEUE, message.properties(), message.body());
  }

  private TaskResult answer(String taskId) throws Exception {
    TaskResult result = answer();
    assertThat(result.taskId()).isEqualTo(taskId);
    return result;
  }

  private TaskResult answer() throws Exception {
    ResultCodec.Decoded decoded = ResultCodec.decode(next(ANSWERS));
    assertThat(decoded.problems()).isEmpty();
    return decoded.outcomes().getFirst().result();
  }

  private AmqpMessage next(String queue) throws Exception {
    channel.queueDeclare(queue, true, false, false, Map.of());
    GetResponse response =
        await().atMost(PATIENCE).until(() -> channel.basicGet(queue, true), Objects::nonNull);
    return new AmqpMessage(response.getProps(), response.getBody());
  }
}
