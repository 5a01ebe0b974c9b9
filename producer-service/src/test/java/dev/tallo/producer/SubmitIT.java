package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.TaskEvent;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.WorkerEvent;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@QuarkusTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SubmitIT extends ProducerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String QUEUE = "submit-it";
  private static final String TO_QUEUE = "{\"task\": \"demo.add\", \"queue\": \"submit-it\"}";

  private TestWorker worker;

  @BeforeAll
  void start() {
    worker = new TestWorker(QUEUE);
  }

  @AfterAll
  void stop() {
    worker.close();
  }

  private TaskMessage received(String id) {
    return worker.received(id);
  }

  @Test
  void an_accepted_task_is_stored_and_reaches_its_queue_as_the_request_has_it() {
    Response accepted =
        json("""
                {"task": "demo.add", "args": [1, {"a": "ä"}], "kwargs": {"y": 2.5},
                 "queue": "submit-it", "priority": 7, "expires": 3600, "ignore_result": true,
                 "headers": {"x-tenant": "acme", "x-count": 3, "x-ratio": 0.5, "x-on": true}}
                """)
            .post(TASKS);
    accepted
        .then()
        .statusCode(202)
        .header("Location", endsWith(TASKS + "/" + accepted.path("id")))
        .body("state", is("PENDING"))
        .body("task", is("demo.add"));
    String id = accepted.path("id");
    assertThat(UUID.fromString(id).version()).isEqualTo(7);

    task(id)
        .then()
        .statusCode(200)
        .body("id", is(id))
        .body("task", is("demo.add"))
        .body("queue", is(QUEUE))
        .body("args[1].a", is("ä"))
        .body("kwargs.y", is(2.5f))
        .body("priority", is(7))
        .body("headers.x-count", is(3))
        .body("ignore_result", is(true))
        .body("submitted", notNullValue())
        .body("result", nullValue())
        .body("error", nullValue());

    TaskMessage message = received(id);
    assertThat(message.task()).isEqualTo("demo.add");
    assertThat(message.body().args()).hasToString("[1,{\"a\":\"ä\"}]");
    assertThat(message.body().kwargs()).hasToString("{\"y\":2.5}");
    assertThat(message.priority()).isEqualTo(7);
    assertThat(message.replyTo()).contains(Topology.RESULTS);
    assertThat(message.headers().ignoreResult()).isTrue();
    assertThat(message.headers().rootId()).contains(id);
    assertThat(message.headers().expires().orElseThrow())
        .isBetween(OffsetDateTime.now().plusMinutes(59), OffsetDateTime.now().plusMinutes(61));
    assertThat(message.headers().custom())
        .containsAllEntriesOf(
            Map.of("x-tenant", "acme", "x-count", 3, "x-ratio", 0.5, "x-on", true));
  }

  @Test
  void a_task_without_a_queue_goes_where_its_name_is_bound() {
    worker.learn("submit.learned", QUEUE);
    String id = submit("{\"task\": \"submit.learned\"}");
    assertThat(received(id).priority()).isEqualTo(TaskMessage.DEFAULT_PRIORITY);
    task(id).then().body("queue", nullValue());
  }

  @Test
  void the_outcome_is_stored_and_waiters_are_woken() {
    String id = submit(TO_QUEUE);
    CompletableFuture<Response> waiting = CompletableFuture.supplyAsync(() -> wait(id, "PT30S"));
    received(id);
    worker.report(TestWorker.success(QUEUE, id, 3));
    assertThat(waiting).succeedsWithin(Duration.ofSeconds(60));
    waiting
        .join()
        .then()
        .statusCode(200)
        .body("state", is("SUCCESS"))
        .body("result", is(3))
        .body("worker", is("w1@host"))
        .body("retries", is(1))
        .body("received", notNullValue())
        .body("started", notNullValue())
        .body("finished", notNullValue())
        .body("root_id", is(id));
    wait(id, "PT30S").then().statusCode(200).body("state", is("SUCCESS"));
  }

  @Test
  void who_waits_in_vain_is_answered_when_the_time_is_up() {
    String id = submit(TO_QUEUE);
    wait(id, "PT0.3S").then().statusCode(200).body("state", is("PENDING"));
    wait("unknown-" + id, "PT30S").then().statusCode(404);
  }

  @Test
  void a_celery_worker_answers_with_its_own_result() {
    String failed = submit(TO_QUEUE);
    worker.replyAsCelery(
        failed,
        """
        {"task_id": "%s", "status": "FAILURE", "result": {"exc_type": "ValueError",
         "exc_message": ["boom"], "exc_module": "builtins"}, "traceback": "Traceback …",
         "children": []}
        """
            .formatted(failed));
    wait(failed, "PT25S")
        .then()
        .body("state", is("FAILURE"))
        .body("result", nullValue())
        .body("error.type", is("ValueError"))
        .body("error.message", is("boom"))
        .body("error.traceback", is("Traceback …"))
        .body("finished", notNullValue());

    String succeeded = submit(TO_QUEUE);
    worker.replyAsCelery(
        succeeded,
        """
        {"task_id": "%s", "status": "SUCCESS", "result": {"v": [1, NaN]}, "traceback": null,
         "children": []}
        """
            .formatted(succeeded));
    wait(succeeded, "PT25S")
        .then()
        .body("state", is("SUCCESS"))
        .body("result.v", contains((Object) 1, "NaN"));
  }

  @Test
  void the_outcome_of_a_task_that_others_sent_is_recorded() {
    String id = "sent-by-others-" + UUID.randomUUID();
    worker.report(TestWorker.success(QUEUE, id, 5));
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> task(id).then().statusCode(200).body("result", is(5)));
    task(id).then().body("task", is("demo.add")).body("queue", is(QUEUE));
  }

  @Test
  void a_rejected_task_shows_why() {
    String id = submit(TO_QUEUE);
    worker.replyAsCelery(
        id,
        """
        {"task_id": "%s", "status": "REJECTED", "result": {"exc_type": "Reject",
         "exc_message": ["not on Sundays"], "exc_module": "celery.exceptions"}, "children": []}
        """
            .formatted(id));
    wait(id, "PT25S")
        .then()
        .body("state", is("REJECTED"))
        .body("result", nullValue())
        .body("error.message", is("not on Sundays"));
  }

  @Test
  void what_cannot_be_read_is_set_aside_and_outcomes_go_on() {
    worker.replyAsCelery("x", "no json");
    String id = submit(TO_QUEUE);
    worker.report(TestWorker.success(QUEUE, id, 1));
    wait(id, "PT25S").then().body("state", is("SUCCESS"));
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                given()
                    .queryParam("queue", Topology.RESULTS)
                    .get("/api/v1/dead-letters")
                    .then()
                    .body("dead_letters.reason", hasItem("rejected")));
  }

  @Test
  void events_show_progress_until_the_outcome_and_never_after() {
    String id = submit(TO_QUEUE);
    Instant now = Instant.now();
    TaskEvent received = new TaskEvent(TaskEvent.Type.RECEIVED, id, "w2@host", now, Map.of());
    TaskEvent started =
        new TaskEvent(TaskEvent.Type.STARTED, id, "w2@host", now.plusMillis(5), Map.of());
    worker.tell(received, started);
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> task(id).then().body("state", is("STARTED")).body("worker", is("w2@host")));
    task(id).then().body("received", notNullValue()).body("started", notNullValue());
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                given()
                    .queryParam("state", "STARTED")
                    .get(TASKS)
                    .then()
                    .body("tasks.id", hasItem(id)));

    worker.report(TestWorker.success(QUEUE, id, 9));
    wait(id, "PT25S").then().body("state", is("SUCCESS"));
    worker.tell(received);
    String marker = "marker-" + id;
    worker.tell(new TaskEvent(TaskEvent.Type.STARTED, marker, "w2@host", now, Map.of()));
    await().atMost(PATIENCE).untilAsserted(() -> task(marker).then().statusCode(200));
    task(id).then().body("state", is("SUCCESS"));
  }

  @Test
  void workers_are_alive_for_two_heartbeats() {
    worker.tell(heartbeat(WorkerEvent.Type.HEARTBEAT, "short@host", 0.5));
    worker.tell(heartbeat(WorkerEvent.Type.ONLINE, "long@host", 600));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                given()
                    .get("/api/v1/workers")
                    .then()
                    .statusCode(200)
                    .body("workers.name", hasItem("long@host")));
    given()
        .get("/api/v1/workers")
        .then()
        .body("workers.find { it.name == 'long@host' }.queues", equalTo(List.of("q1")))
        .body("workers.find { it.name == 'long@host' }.processed", is(7));
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                !given().get("/api/v1/workers").path("workers.name").toString().contains("short"));
    worker.tell(heartbeat(WorkerEvent.Type.OFFLINE, "long@host", 600));
    await()
        .atMost(PATIENCE)
        .until(
            () -> !given().get("/api/v1/workers").path("workers.name").toString().contains("long"));
  }

  private static WorkerEvent heartbeat(WorkerEvent.Type type, String name, double freq) {
    return new WorkerEvent(
        type, name, Instant.now(), freq, 1, 7, "tallo", "0.1", List.of("q1"), List.of("demo.add"));
  }

  @Test
  void a_used_id_is_refused_and_nothing_is_published() {
    String id = "mine-" + UUID.randomUUID();
    String body =
        "{\"task\": \"demo.add\", \"queue\": \"submit-it\", \"id\": \"%s\"}".formatted(id);
    assertThat(submit(body)).isEqualTo(id);
    received(id);
    json(body)
        .post(TASKS)
        .then()
        .statusCode(409)
        .contentType("application/problem+json")
        .body("errors[0].field", is("id"))
        .body("id", is(id));
    received(submit(TO_QUEUE));
    assertThat(worker.received().stream().filter(task -> task.id().equals(id))).hasSize(1);
  }

  @Test
  void an_unknown_queue_is_refused_and_nothing_is_kept() {
    String id = "lost-" + UUID.randomUUID();
    json("{\"task\": \"demo.add\", \"queue\": \"nowhere\", \"id\": \"%s\"}".formatted(id))
        .post(TASKS)
        .then()
        .statusCode(422)
        .contentType("application/problem+json")
        .body("errors[0].field", is("queue"));
    task(id).then().statusCode(404);
  }
}
