package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.broker.DeadLetters;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.webhook.WebhookTask;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@QuarkusTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CallbackIT extends ProducerTest {
  private static final String QUEUE = "callback-it";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String URL = "https://hooks.example.com/ended";

  private TestWorker worker;

  @BeforeAll
  void start() {
    worker = new TestWorker(QUEUE);
    worker.learn(WebhookTask.NAME, QUEUE);
  }

  @AfterAll
  void stop() {
    worker.close();
  }

  private List<TaskMessage> callbacks(String id) {
    return worker.received().stream()
        .filter(task -> task.task().equals(WebhookTask.NAME))
        .filter(task -> task.body().kwargs().path("body").path("id").asText().equals(id))
        .toList();
  }

  private String submitWithCallback() {
    return submit(
        "{\"task\": \"demo.add\", \"queue\": \"%s\", \"callback_url\": \"%s\"}"
            .formatted(QUEUE, URL));
  }

  @Test
  void the_end_of_a_task_is_handed_to_the_worker_that_delivers_webhooks() {
    String id = submitWithCallback();
    task(id).then().body("callback_url", is(URL));
    worker.received(id);
    worker.report(TestWorker.success(QUEUE, id, 3));

    await().atMost(PATIENCE).until(() -> callbacks(id).size() == 1);

    TaskMessage callback = callbacks(id).getFirst();
    ObjectNode kwargs = callback.body().kwargs();
    assertThat(kwargs.path(WebhookTask.URL).asText()).isEqualTo(URL);
    assertThat(kwargs.path(WebhookTask.BODY).path("state").asText()).isEqualTo("SUCCESS");
    assertThat(kwargs.path(WebhookTask.BODY).path("result").asInt()).isEqualTo(3);
    task(callback.id()).then().statusCode(200).body("task", is(WebhookTask.NAME));
  }

  @Test
  void each_end_is_told_once() {
    String first = submitWithCallback();
    worker.received(first);
    worker.report(TestWorker.success(QUEUE, first, 3));
    await().atMost(PATIENCE).until(() -> callbacks(first).size() == 1);
    worker.report(TestWorker.success(QUEUE, first, 3));
    String second = submitWithCallback();
    worker.report(TestWorker.success(QUEUE, second, 4));
    await().atMost(PATIENCE).until(() -> callbacks(second).size() == 1);
    assertThat(callbacks(first)).hasSize(1);
  }

  @Test
  void the_end_after_a_redrive_is_told_too() {
    String id = submitWithCallback();
    TaskMessage task = worker.received(id);
    worker.report(TestWorker.failure(State.FAILURE, id, 3, Optional.empty()));
    await().atMost(PATIENCE).until(() -> states(id).equals(List.of("FAILURE")));
    worker.send(
        Topology.DEAD,
        QUEUE,
        DeadLetters.withReason(TaskCodec.encode(task), "unknown-task", "no such task", "w1@host"));
    String letter =
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    given()
                        .queryParam("limit", 500)
                        .get("/api/v1/dead-letters")
                        .jsonPath()
                        .getString("dead_letters.find { it.task_id == '%s' }?.id".formatted(id)),
                Objects::nonNull);

    given().post("/api/v1/dead-letters/" + letter + "/redrive").then().statusCode(202);
    worker.report(TestWorker.success(QUEUE, id, 3));

    await().atMost(PATIENCE).until(() -> states(id).equals(List.of("FAILURE", "SUCCESS")));
  }

  /** The states that a task's callbacks told of. */
  private List<String> states(String id) {
    return callbacks(id).stream()
        .map(callback -> callback.body().kwargs().path(WebhookTask.BODY).path("state").asText())
        .toList();
  }
}
