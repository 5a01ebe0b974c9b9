package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import com.rabbitmq.client.AMQP;
import dev.tallo.messaging.broker.DeadLetters;
import dev.tallo.messaging.broker.Delay;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.QueueSettings;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.producer.TestWorker.Fate;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@QuarkusTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeadLettersIT extends ProducerTest {
  private static final String LETTERS = "/api/v1/dead-letters";
  private static final String UNROUTABLE = "/api/v1/routes/unroutable";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private TestWorker helper;

  @BeforeAll
  void start() {
    helper = new TestWorker("dead-it");
  }

  @AfterAll
  void stop() {
    helper.close();
  }

  private static String to(String queue) {
    return submit("{\"task\": \"demo.add\", \"args\": [1], \"queue\": \"%s\"}".formatted(queue));
  }

  /** Publishes what a worker would have buried. */
  private void bury(String queue, TaskMessage task, String reason) {
    AmqpMessage buried =
        DeadLetters.withReason(TaskCodec.encode(task), reason, "no such task here", "w1@host");
    helper.send(Topology.DEAD, queue, buried);
  }

  private static TaskMessage task(String queue, String name) {
    return TaskMessage.builder("dead-" + UUID.randomUUID(), name)
        .replyTo(Topology.RESULTS)
        .retries(3)
        .header("x-tenant", "acme")
        .header("x-tallo-unknown-since", "2026-01-31T12:00:00Z")
        .build();
  }

  /** The letter of a task, when it was taken. */
  private static JsonPath letterOf(String taskId) {
    return await()
        .atMost(PATIENCE)
        .until(
            () -> given().queryParam("limit", 500).get(LETTERS).then().extract().jsonPath(),
            all -> all.getList("dead_letters.task_id").contains(taskId));
  }

  private static String idOf(String taskId) {
    return letterOf(taskId)
        .getString("dead_letters.find { it.task_id == '%s' }.id".formatted(taskId));
  }

  @Test
  void a_task_that_kills_its_workers_fails_and_can_be_sent_again() {
    String id;
    QueueSettings once =
        new QueueSettings(
            QueueSettings.Type.QUORUM,
            OptionalLong.empty(),
            OptionalLong.empty(),
            1,
            OptionalInt.empty(),
            Optional.empty());
    try (TestWorker mortal = TestWorker.with("dead-it-poison", once, Fate.GIVEN_BACK)) {
      id = to("dead-it-poison");
      wait(id, "PT30S")
          .then()
          .body("state", is("FAILURE"))
          .body("error.type", is("DeliveryLimitExceeded"));
      assertThat(mortal.received()).hasSizeGreaterThan(1);
    }
    String letter = idOf(id);
    given()
        .get(LETTERS + "/" + letter)
        .then()
        .statusCode(200)
        .body("letter.source", is("dead"))
        .body("letter.queue", is("dead-it-poison"))
        .body("letter.task", is("demo.add"))
        .body("letter.reason", is("delivery_limit"))
        .body("letter.died_at", notNullValue())
        .body("letter.truncated", is(false))
        .body("properties.headers.task", is("demo.add"))
        .body("body[0]", contains(1));

    try (TestWorker healed = new TestWorker("dead-it-poison", address())) {
      given()
          .post(LETTERS + "/" + letter + "/redrive")
          .then()
          .statusCode(202)
          .body("queue", is("dead-it-poison"))
          .body("task_id", is(id));
      TaskMessage again = healed.received(id);
      assertThat(again.headers().custom()).doesNotContainKey("x-death");
      assertThat(again.headers().custom().keySet()).noneMatch(name -> name.startsWith("x-"));
      given().get(LETTERS + "/" + letter).then().statusCode(404);
      task(id)
          .then()
          .body("state", is("PENDING"))
          .body("error", nullValue())
          .body("finished", nullValue());
      healed.report(TestWorker.success("dead-it-poison", id, 1));
      wait(id, "PT25S").then().body("state", is("SUCCESS"));
    }
  }

  private static String address() {
    return org.eclipse.microprofile.config.ConfigProvider.getConfig()
        .getValue("tallo.broker.addresses", String.class);
  }

  @Test
  void what_a_worker_buried_is_shown_with_its_reason_and_begins_anew_when_it_is_redriven() {
    try (TestWorker worker = new TestWorker("dead-it-buried")) {
      TaskMessage task = task("dead-it-buried", "dead.buried");
      worker.report(TestWorker.failure(State.FAILURE, task.id(), 3, Optional.empty()));
      wait(task.id(), "PT1S");
      await().atMost(PATIENCE).until(() -> task(task.id()).statusCode() == 200);
      bury("dead-it-buried", task, "unknown-task");
      String letter = idOf(task.id());
      given()
          .queryParam("task", "dead.buried")
          .get(LETTERS)
          .then()
          .body("dead_letters", hasSize(1))
          .body("dead_letters[0].reason", is("unknown-task"))
          .body("dead_letters[0].detail", is("no such task here"))
          .body("dead_letters[0].buried_by", is("w1@host"))
          .body("dead_letters[0].attempts", is(4))
          .body("dead_letters[0].worker", is("w1@host"))
          .body("dead_letters[0].error.type", is("Busy"));

      given().post(LETTERS + "/" + letter + "/redrive").then().statusCode(202);

      TaskMessage again = worker.received(task.id());
      assertThat(again.headers().retries()).isZero();
      assertThat(again.headers().custom()).isEqualTo(Map.of("x-tenant", "acme"));
      task(task.id()).then().body("state", is("PENDING")).body("retries", is(0));
      worker.report(TestWorker.failure(State.RETRY, task.id(), 0, Optional.empty()));
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> task(task.id()).then().body("state", is("RETRY")));
    }
  }

  @Test
  void what_cannot_be_read_is_kept_as_it_was() {
    helper.send(
        Topology.DEAD,
        "dead-it-bytes",
        new AmqpMessage(
            new AMQP.BasicProperties.Builder().contentType("application/x-thing").build(),
            new byte[] {0, 1, (byte) 0xff}));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                given()
                    .queryParam("queue", "dead-it-bytes")
                    .get(LETTERS)
                    .then()
                    .body("dead_letters", hasSize(1)));
    String id =
        given().queryParam("queue", "dead-it-bytes").get(LETTERS).path("dead_letters[0].id");
    given()
        .get(LETTERS + "/" + id)
        .then()
        .body("letter.task", nullValue())
        .body("letter.reason", is("unknown"))
        .body("letter.size", is(3))
        .body("properties.content_type", is("application/x-thing"))
        .body("body_base64", is("AAH/"));
    given()
        .post(LETTERS + "/" + id + "/redrive")
        .then()
        .statusCode(422)
        .contentType("application/problem+json")
        .body("detail", containsString("dead-it-bytes"));
    given().get(LETTERS + "/" + id).then().statusCode(200);
    given().delete(LETTERS + "/" + id).then().statusCode(204);
    given().delete(LETTERS + "/" + id).then().statusCode(404);
  }

  @Test
  void many_are_listed_redriven_and_deleted_by_filter_and_nothing_else_is() throws Exception {
    try (TestWorker worker = new TestWorker("dead-it-many")) {
      worker.rest();
      List<TaskMessage> tasks = new ArrayList<>();
      for (int i = 0; i < 250; i++) {
        tasks.add(task("dead-it-many", "dead.many"));
        bury("dead-it-many", tasks.get(i), "unknown-task");
      }
      bury("dead-it-many", task("dead-it-many", "dead.other"), "unknown-task");
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  given()
                      .queryParam("task", "dead.many")
                      .queryParam("limit", 500)
                      .get(LETTERS)
                      .then()
                      .body("dead_letters", hasSize(250)));
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  given()
                      .queryParam("task", "dead.other")
                      .get(LETTERS)
                      .then()
                      .body("dead_letters", hasSize(1)));
      assertThat(pages()).containsExactlyElementsOf(newestFirst(tasks));

      json("{\"task\": \"dead.many\"}")
          .post(LETTERS + "/redrive")
          .then()
          .statusCode(200)
          .body("redriven", is(250))
          .body("left", is(0));

      assertThat(worker.queued(250))
          .extracting(TaskMessage::id)
          .containsExactlyElementsOf(tasks.stream().map(TaskMessage::id).toList());
      given()
          .queryParam("queue", "dead-it-many")
          .get(LETTERS)
          .then()
          .body("dead_letters.task", contains("dead.other"));
      given()
          .queryParam("queue", "dead-it-many")
          .delete(LETTERS)
          .then()
          .statusCode(200)
          .body("deleted", is(1));
      assertThat(depth(worker, "dead-it-many")).isZero();
    }
  }

  private static long depth(TestWorker worker, String queue) {
    return worker.broker().depth(queue).await().atMost(PATIENCE).orElseThrow().ready();
  }

  private static List<String> pages() {
    List<String> ids = new ArrayList<>();
    Optional<String> cursor = Optional.empty();
    do {
      var request = given().queryParam("task", "dead.many").queryParam("limit", 100);
      cursor.ifPresent(place -> request.queryParam("cursor", place));
      JsonPath page = request.get(LETTERS).then().statusCode(200).extract().jsonPath();
      ids.addAll(page.getList("dead_letters.task_id"));
      cursor = Optional.ofNullable(page.getString("next"));
    } while (cursor.isPresent());
    return ids;
  }

  private static List<String> newestFirst(List<TaskMessage> tasks) {
    return tasks.reversed().stream().map(TaskMessage::id).toList();
  }

  @Test
  void a_filter_that_takes_none_or_is_missing_is_refused_and_changes_nothing() {
    bury("dead-it-kept", task("dead-it-kept", "dead.kept"), "unknown-task");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                given()
                    .queryParam("task", "dead.kept")
                    .get(LETTERS)
                    .then()
                    .body("dead_letters", hasSize(1)));
    json("{\"task\": \"dead.nothing\"}")
        .post(LETTERS + "/redrive")
        .then()
        .statusCode(404)
        .contentType("application/problem+json");
    given().queryParam("reason", "dead.nothing").delete(LETTERS).then().statusCode(404);
    json("{}")
        .post(LETTERS + "/redrive")
        .then()
        .statusCode(400)
        .body("errors.field", hasItem("all"));
    given().delete(LETTERS).then().statusCode(400).body("errors.field", hasItem("all"));
    json("{\"all\": true, \"task\": \"a\"}").post(LETTERS + "/redrive").then().statusCode(400);
    json("{\"queues\": \"a\"}").post(LETTERS + "/redrive").then().statusCode(400);
    json("{\"since\": \"now\"}").post(LETTERS + "/redrive").then().statusCode(400);
    given().queryParam("since", "now").get(LETTERS).then().statusCode(400);
    given().get(LETTERS + "/1").then().statusCode(404);
    given().get(LETTERS + "/x").then().statusCode(404);
    given().queryParam("task", "dead.kept").get(LETTERS).then().body("dead_letters", hasSize(1));
    json("{\"task\": \"dead.kept\"}")
        .post(LETTERS + "/redrive")
        .then()
        .statusCode(200)
        .body("redriven", is(0))
        .body("left", is(1))
        .body("why", containsString("dead-it-kept"));
  }

  @Test
  void a_message_that_is_delivered_twice_is_one_dead_letter() {
    TaskMessage task = task("dead-it-twice", "dead.twice");
    AmqpMessage buried =
        DeadLetters.withReason(TaskCodec.encode(task), "unknown-task", "twice", "w1@host");
    helper.send(Topology.DEAD, "dead-it-twice", buried);
    helper.send(Topology.DEAD, "dead-it-twice", buried);
    bury("dead-it-twice", task("dead-it-twice", "dead.twice.last"), "unknown-task");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                given()
                    .queryParam("queue", "dead-it-twice")
                    .get(LETTERS)
                    .then()
                    .body("dead_letters.task", contains("dead.twice.last", "dead.twice")));
  }

  @Test
  void of_what_is_too_large_the_head_is_kept_and_the_broker_keeps_the_rest_until_it_is_deleted() {
    String id = "dead-large-" + UUID.randomUUID();
    byte[] body = new byte[(64 << 20) + 1];
    Arrays.fill(body, (byte) 'x');
    AMQP.BasicProperties properties =
        TaskCodec.encode(TaskMessage.builder(id, "dead.large").build()).properties();
    for (int i = 0; i < 2; i++) {
      helper.send(
          Topology.DEAD,
          "dead-it-large",
          new AmqpMessage(properties.builder().messageId(id + i).build(), body));
      bury("dead-it-large", task("dead-it-large", "dead.behind." + i), "unknown-task");
    }
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                given()
                    .queryParam("queue", "dead-it-large")
                    .get(LETTERS)
                    .then()
                    .body("dead_letters", hasSize(4)));
    String letter = idOf(id);
    given()
        .get(LETTERS + "/" + letter)
        .then()
        .body("letter.truncated", is(true))
        .body("letter.size", is(body.length))
        .body("body_cut", is(true));
    task(id).then().body("state", is("FAILURE"));
    given().post(LETTERS + "/" + letter + "/redrive").then().statusCode(422);
    await().atMost(PATIENCE).until(() -> oversize() == 2);

    given().delete(LETTERS + "/" + letter).then().statusCode(204);

    await().atMost(PATIENCE).until(() -> oversize() == 1);
    given().queryParam("task", "dead.large").delete(LETTERS).then().body("deleted", is(1));
    await().atMost(PATIENCE).until(() -> oversize() == 0);
    given().queryParam("queue", "dead-it-large").delete(LETTERS).then().body("deleted", is(2));
  }

  private long oversize() {
    return broker.depth(Topology.DEAD_OVERSIZE).await().atMost(PATIENCE).orElseThrow().ready();
  }

  @Test
  void what_came_due_for_a_queue_that_is_gone_is_kept_and_redriven_there() {
    TaskMessage task = task("dead-it-late", "dead.late");
    Publication late = Delay.delayed(Duration.ofSeconds(1), "dead-it-late", TaskCodec.encode(task));
    helper.send(late.exchange(), late.routingKey(), late.message());
    String id = idOf(task.id());
    given()
        .get(LETTERS + "/" + id)
        .then()
        .body("letter.source", is("undeliverable"))
        .body("letter.queue", is("dead-it-late"))
        .body("letter.reason", is("no-queue"));
    task(task.id()).then().body("state", is("FAILURE")).body("error.type", is("UnknownQueue"));
    given().post(LETTERS + "/" + id + "/redrive").then().statusCode(422);
    try (TestWorker worker = new TestWorker("dead-it-late")) {
      given().post(LETTERS + "/" + id + "/redrive").then().statusCode(202);
      worker.received(task.id());
      task(task.id()).then().body("state", is("PENDING"));
    }
  }

  @Test
  void unroutable_tasks_have_an_address_of_their_own_and_are_routed_again() {
    TaskMessage task = task("", "dead.unroutable");
    helper.send(
        "",
        Topology.UNROUTABLE,
        DeadLetters.withReason(TaskCodec.encode(task), "no-rule", "no rule", "routing-service"));
    TaskMessage elsewhere = task("", "dead.elsewhere");
    bury("dead-it-elsewhere", elsewhere, "unknown-task");
    letterOf(elsewhere.id());
    idOf(task.id());
    given()
        .get(UNROUTABLE)
        .then()
        .statusCode(200)
        .body("dead_letters.task", hasItem("dead.unroutable"))
        .body("dead_letters.task", not(hasItem("dead.elsewhere")))
        .body("dead_letters.find { it.task == 'dead.unroutable' }.reason", is("no-rule"));
    task(task.id()).then().body("state", is("FAILURE")).body("error.type", is("Unroutable"));

    try (TestWorker worker = new TestWorker("dead-it-routed")) {
      worker.learn("dead.unroutable", "dead-it-routed");
      json("{\"all\": true}")
          .post(UNROUTABLE + "/redrive")
          .then()
          .statusCode(200)
          .body("redriven", is(1));
      worker.received(task.id());
      task(task.id()).then().body("state", is("PENDING"));
    }
    given().queryParam("all", true).delete(UNROUTABLE).then().statusCode(404);
    given()
        .queryParam("task", "dead.elsewhere")
        .get(LETTERS)
        .then()
        .body("dead_letters", hasSize(1));
  }

  @Test
  void who_waits_for_a_task_is_told_when_it_is_refused() {
    try (TestWorker worker =
        TestWorker.with("dead-it-refused", QueueSettings.DEFAULT, Fate.REFUSED)) {
      String id = to("dead-it-refused");
      wait(id, "PT30S")
          .then()
          .body("state", is("FAILURE"))
          .body("error.type", is("DeadLettered"))
          .body("error.message", containsString("rejected"));
      assertThat(worker.received()).hasSize(1);
      // A worker's own word counts more, even when it comes later.
      worker.report(TestWorker.failure(State.FAILURE, id, 0, Optional.empty()));
      await().atMost(PATIENCE).untilAsserted(() -> task(id).then().body("error.type", is("Busy")));
    }
  }
}
