package dev.tallo.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import dev.tallo.messaging.broker.Topology;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@QuarkusTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IdempotencyIT extends ProducerTest {
  private static final String BODY =
      "{\"task\": \"demo.add\", \"args\": [1, 2], \"queue\": \"idempotency-it\"}";

  private TestWorker worker;

  @BeforeAll
  void start() {
    worker = new TestWorker("idempotency-it");
  }

  @AfterAll
  void stop() {
    worker.close();
  }

  private static Response submit(String key, String body) {
    return json(body).header("Idempotency-Key", key).post(TASKS);
  }

  private static String newKey() {
    return UUID.randomUUID().toString();
  }

  private long runs(String id) {
    return worker.received().stream().filter(task -> task.id().equals(id)).count();
  }

  @Test
  void a_repeated_request_is_answered_with_the_first_task() {
    String key = newKey();
    Response first = submit(key, BODY);
    first.then().statusCode(202).header("Idempotency-Replayed", nullValue());
    String id = first.path("id");

    submit(key, BODY)
        .then()
        .statusCode(202)
        .header("Idempotency-Replayed", is("true"))
        .header("Location", endsWith(id))
        .body("id", is(id));
    submit(key, "{ \"queue\": \"idempotency-it\", \"args\": [1,2], \"task\": \"demo.add\" }")
        .then()
        .statusCode(202)
        .body("id", is(id));
    submit(newKey(), BODY).then().statusCode(202).body("id", not(is(id)));

    worker.received(submit("{\"task\": \"last\", \"queue\": \"idempotency-it\"}"));
    assertThat(runs(id)).isEqualTo(1);
  }

  @Test
  void another_body_under_the_same_key_is_refused() {
    String key = newKey();
    String id = submit(key, BODY).path("id");
    submit(key, BODY.replace("[1, 2]", "[1, 3]"))
        .then()
        .statusCode(422)
        .contentType("application/problem+json")
        .body("type", is("urn:tallo:problem:idempotency-key-reused"))
        .body("id", is(id))
        .body("errors.field", hasItem("Idempotency-Key"));
  }

  @Test
  void requests_at_once_under_one_key_give_one_task() {
    String key = newKey();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<Response>> answers =
          IntStream.range(0, 16)
              .mapToObj(i -> CompletableFuture.supplyAsync(() -> submit(key, BODY), clients))
              .toList();
      List<String> ids =
          answers.stream()
              .map(answer -> answer.join().then().statusCode(202).extract().<String>path("id"))
              .distinct()
              .toList();
      assertThat(ids).hasSize(1);
      worker.received(submit("{\"task\": \"last\", \"queue\": \"idempotency-it\"}"));
      assertThat(runs(ids.getFirst())).isEqualTo(1);
    }
  }

  @Test
  void a_task_that_was_refused_leaves_its_key_free() {
    String key = newKey();
    String queue = "idempotency-" + UUID.randomUUID();
    String body = "{\"task\": \"demo.add\", \"queue\": \"%s\"}".formatted(queue);
    submit(key, body).then().statusCode(422);
    broker.declare(Topology.workQueue(queue)).await().atMost(Duration.ofSeconds(60));
    submit(key, body).then().statusCode(202).header("Idempotency-Replayed", nullValue());
  }
}
