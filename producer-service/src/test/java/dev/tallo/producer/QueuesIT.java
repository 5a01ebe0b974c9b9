package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import dev.tallo.messaging.broker.QueueSettings;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.WorkerEvent;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@QuarkusTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class QueuesIT extends ProducerTest {
  private static final String QUEUE = "queues-it";
  private static final String QUEUES = "/api/v1/queues";
  private static final String LIMITS = "/api/v1/limits";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private TestWorker worker;

  @BeforeAll
  void start() {
    worker = new TestWorker(QUEUE);
  }

  @AfterAll
  void stop() {
    worker.close();
  }

  private static String of(String queue, String field) {
    return "queues.find { it.name == '%s' }.%s".formatted(queue, field);
  }

  @Test
  void queues_are_shown_with_what_waits_and_who_takes_from_them() {
    worker.broker().declare(Topology.workQueue("queues-it-idle")).await().atMost(PATIENCE);
    submit("{\"task\": \"demo.add\", \"queue\": \"queues-it-idle\"}");
    worker.tell(
        new WorkerEvent(
            WorkerEvent.Type.HEARTBEAT,
            "queues@host",
            Instant.now(),
            600,
            0,
            0,
            "tallo",
            "1",
            List.of(QUEUE, "queues-it-gone"),
            List.of()));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                given()
                    .get(QUEUES)
                    .then()
                    .statusCode(200)
                    .body(of("queues-it-idle", "ready"), is(1))
                    .body(of("queues-it-idle", "consumers"), is(0))
                    .body(of(QUEUE, "consumers"), is(1))
                    .body(of(QUEUE, "paused_since"), nullValue())
                    .body(of(QUEUE, "workers"), contains("queues@host"))
                    .body("queues.name", not(hasItem("queues-it-gone"))));
    given().get(QUEUES).then().body("queues.name", not(hasItem(Topology.RESULTS)));
  }

  @Test
  void a_queue_is_paused_and_resumed() {
    json("")
        .post(QUEUES + "/queues-it/pause")
        .then()
        .statusCode(200)
        .body("name", is(QUEUE))
        .body("paused_since", notNullValue());
    String since = given().get(QUEUES).path(of(QUEUE, "paused_since"));
    json("").post(QUEUES + "/queues-it/pause").then().body("paused_since", is(since));
    json("")
        .post(QUEUES + "/queues-it/resume")
        .then()
        .statusCode(200)
        .body("paused_since", nullValue());
    given().get(QUEUES).then().body(of(QUEUE, "paused_since"), nullValue());
  }

  @Test
  void a_queue_that_is_not_there_or_not_for_tasks_is_refused() {
    json("").post(QUEUES + "/queues-it-nowhere/pause").then().statusCode(404);
    json("").post(QUEUES + "/queues-it-nowhere/resume").then().statusCode(404);
    json("").post(QUEUES + "/tallo.results/pause").then().statusCode(400);
    json("").post(QUEUES + "/a*b/pause").then().statusCode(400);
  }

  @Test
  void a_task_is_limited_and_freed() {
    json("{\"concurrency\": 2, \"rate\": \"10/m\"}")
        .put(LIMITS + "/queues.limited")
        .then()
        .statusCode(200)
        .body("task", is("queues.limited"))
        .body("concurrency", is(2))
        .body("rate", is("10/m"))
        .body("since", notNullValue());
    json("{\"rate\": \"5\"}").put(LIMITS + "/queues.limited").then().statusCode(200);
    given()
        .get(LIMITS)
        .then()
        .body("limits.find { it.task == 'queues.limited' }.rate", is("5/s"))
        .body("limits.find { it.task == 'queues.limited' }.concurrency", nullValue());
    given().delete(LIMITS + "/queues.limited").then().statusCode(204);
    given().get(LIMITS).then().body("limits.findAll { it.task == 'queues.limited' }", empty());
    given().delete(LIMITS + "/queues.limited").then().statusCode(404);
  }

  @Test
  void limits_that_mean_nothing_are_refused_by_name() {
    json("{\"concurrency\": 0, \"rate\": \"0/s\"}")
        .put(LIMITS + "/queues.limited")
        .then()
        .statusCode(400)
        .body("errors.field", contains("concurrency", "rate"));
    json("{}").put(LIMITS + "/queues.limited").then().statusCode(400);
    json("{\"rate\": 5}").put(LIMITS + "/queues.limited").then().statusCode(400);
    json("{\"most\": 5}").put(LIMITS + "/queues.limited").then().statusCode(400);
    json("{\"concurrency\": 1}").put(LIMITS + "/a*b").then().statusCode(400);
  }

  @Test
  void a_full_queue_is_told_and_nothing_is_kept() {
    QueueSettings two =
        new QueueSettings(
            QueueSettings.Type.CLASSIC,
            OptionalLong.of(2),
            OptionalLong.empty(),
            QueueSettings.DEFAULT.deliveryLimit(),
            OptionalInt.empty(),
            Optional.empty());
    worker.broker().declare(Topology.workQueue("queues-it-full", two)).await().atMost(PATIENCE);
    String task = "{\"task\": \"demo.add\", \"queue\": \"queues-it-full\"%s}";
    submit(task.formatted(""));
    submit(task.formatted(""));
    json(task.formatted(", \"id\": \"too-much\""))
        .post(TASKS)
        .then()
        .statusCode(429)
        .header("Retry-After", notNullValue())
        .contentType("application/problem+json")
        .body("type", is("urn:tallo:problem:queue-full"));
    task("too-much").then().statusCode(404);
    ndjson(
            (task.formatted("") + "\n{\"task\": \"demo.add\", \"queue\": \"queues-it\"}\n")
                .getBytes(StandardCharsets.UTF_8))
        .post(TASKS + "/batch")
        .then()
        .statusCode(200)
        .body(containsString("queue-full"))
        .body(containsString("PENDING"));
  }

  private static String metrics() {
    int port =
        org.eclipse.microprofile.config.ConfigProvider.getConfig()
            .getValue("quarkus.management.test-port", Integer.class);
    return given().baseUri("http://127.0.0.1").port(port).get("/q/metrics").asString();
  }

  @Test
  void what_waits_in_a_queue_and_since_when_is_a_metric() {
    worker.broker().declare(Topology.workQueue("queues-it-measured")).await().atMost(PATIENCE);
    submit("{\"task\": \"demo.add\", \"queue\": \"queues-it-measured\"}");
    submit("{\"task\": \"demo.add\", \"queue\": \"queues-it-measured\"}");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(metrics())
                    .contains("tallo_queue_ready{queue=\"queues-it-measured\"} 2.0")
                    .contains("tallo_queue_consumers{queue=\"queues-it-measured\"} 0.0")
                    .contains("tallo_queue_paused{queue=\"queues-it-measured\"} 0.0")
                    // Of which queue depends on what other tests have left behind.
                    .containsPattern("tallo_queue_oldest_seconds\\{queue=\"[^\"]+\"} [0-9.]+")
                    .contains("tallo_queue_ready{queue=\"tallo.results\"}"));
  }
}
