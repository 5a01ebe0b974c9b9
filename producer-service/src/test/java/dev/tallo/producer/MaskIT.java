package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tallo.messaging.broker.DeadLetters;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.webhook.WebhookTask;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What is hidden of tasks, and what is not. */
@QuarkusTest
@TestProfile(MaskIT.Hidden.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MaskIT extends ProducerTest {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String QUEUE = "mask-it";
  private static final String SECRET = "4111-1111";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  public static class Hidden implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "tallo.mask.cards.task", "demo.*",
          "tallo.mask.cards.fields", "0,card,/kwargs/items/*/iban,/result");
    }
  }

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

  private static String submitSecret() {
    return submit(
        """
        {"task": "demo.add", "queue": "%s", "args": ["%s", 2],
         "kwargs": {"card": "%s", "items": [{"iban": "%s", "n": 1}], "left": true},
         "callback_url": "https://hooks.example.com/ended"}"""
            .formatted(QUEUE, SECRET, SECRET, SECRET));
  }

  private static void isWhole(TaskMessage message) {
    assertThat(message.body().args().path(0).asText()).isEqualTo(SECRET);
    assertThat(message.body().kwargs().path("card").asText()).isEqualTo(SECRET);
    assertThat(message.body().kwargs().path("items").path(0).path("iban").asText())
        .isEqualTo(SECRET);
  }

  /** The id of a task's dead letter, when it was taken. */
  private static String letterOf(String task) {
    return await()
        .atMost(PATIENCE)
        .until(
            () ->
                given()
                    .queryParam("queue", QUEUE)
                    .get("/api/v1/dead-letters")
                    .jsonPath()
                    .getString("dead_letters.find { it.task_id == '%s' }?.id".formatted(task)),
            Objects::nonNull);
  }

  @Test
  void what_is_hidden_is_shown_nowhere_and_the_message_is_whole() {
    String id = submitSecret();
    TaskMessage message = worker.received(id);
    isWhole(message);
    assertThat(message.headers().argsRepr()).isEqualTo("('***', 2)");
    assertThat(message.headers().kwargsRepr()).doesNotContain(SECRET).contains("'left': True");

    worker.report(TestWorker.success(QUEUE, id, 41_111_111));
    String shown = wait(id, "PT25S").then().body("state", is("SUCCESS")).extract().asString();
    assertThat(shown)
        .contains("[\"***\",2]", "\"result\":\"***\"", "\"left\":true", "\"n\":1")
        .doesNotContain(SECRET, "41111111");
    assertThat(given().queryParam("queue", QUEUE).get(TASKS).asString())
        .contains(id)
        .doesNotContain(SECRET, "41111111");
    try (EventStream stream = EventStream.of(id)) {
      await()
          .atMost(PATIENCE)
          .until(() -> stream.events().stream().anyMatch(e -> e.data().contains("SUCCESS")));
      assertThat(stream.events())
          .allSatisfy(e -> assertThat(e.data()).doesNotContain("41111111"))
          .anySatisfy(e -> assertThat(e.data()).contains("\"result\":\"***\""));
    }
  }

  @Test
  void a_callback_tells_what_the_api_would() {
    String id = submitSecret();
    worker.received(id);
    worker.report(TestWorker.success(QUEUE, id, 41_111_111));
    TaskMessage callback =
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    worker.received().stream()
                        .filter(task -> task.task().equals(WebhookTask.NAME))
                        .filter(
                            task ->
                                task.body().kwargs().path("body").path("id").asText().equals(id))
                        .findFirst(),
                Optional::isPresent)
            .orElseThrow();
    assertThat(callback.body().kwargs().toString())
        .contains("\"***\"")
        .doesNotContain(SECRET, "41111111");
  }

  @Test
  void a_task_that_is_run_again_is_run_with_all_it_had() {
    String id = submitSecret();
    worker.received(id);
    worker.report(TestWorker.success(QUEUE, id, 1));
    wait(id, "PT25S").then().body("state", is("SUCCESS"));
    String again =
        json("").post(TASKS + "/" + id + "/retry").then().statusCode(202).extract().path("id");
    isWhole(worker.received(again));
    assertThat(task(again).asString()).doesNotContain(SECRET);
  }

  @Test
  void a_dead_letter_is_shown_without_and_sent_again_with_it() {
    TaskMessage task =
        TaskMessage.builder("mask-" + UUID.randomUUID(), "demo.add")
            .args(JSON.arrayNode().add(SECRET).add(2))
            .kwargs(
                JSON.objectNode()
                    .put("card", SECRET)
                    .set("items", JSON.arrayNode().add(JSON.objectNode().put("iban", SECRET))))
            .replyTo(Topology.RESULTS)
            .build();
    worker.send(
        Topology.DEAD,
        QUEUE,
        DeadLetters.withReason(TaskCodec.encode(task), "unknown-task", "no such task", "w1@host"));
    String letter = letterOf(task.id());
    String shown = given().get("/api/v1/dead-letters/" + letter).asString();
    assertThat(shown).contains("\"masked\":true", "[\"***\",2]").doesNotContain(SECRET);

    given().post("/api/v1/dead-letters/" + letter + "/redrive").then().statusCode(202);
    isWhole(worker.received(task.id()));
  }

  @Test
  void a_message_in_which_nothing_can_be_found_is_not_shown() {
    TaskMessage named = TaskMessage.builder("mask-" + UUID.randomUUID(), "demo.add").build();
    worker.send(
        Topology.DEAD,
        QUEUE,
        new AmqpMessage(
            TaskCodec.encode(named).properties(), ("pickled " + SECRET).getBytes(UTF_8)));
    String letter = letterOf(named.id());
    String shown = given().get("/api/v1/dead-letters/" + letter).asString();
    assertThat(shown).contains("\"masked\":true").doesNotContain("body_base64", SECRET);
  }
}
