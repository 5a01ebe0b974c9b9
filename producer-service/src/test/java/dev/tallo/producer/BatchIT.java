package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasItem;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tallo.messaging.protocol.TaskMessage;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@QuarkusTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BatchIT extends ProducerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String BATCH = TASKS + "/batch";
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private TestWorker worker;

  @BeforeAll
  void start() {
    worker = new TestWorker("batch-it");
  }

  @AfterAll
  void stop() {
    worker.close();
  }

  private static List<JsonNode> lines(byte[] answer) {
    return new String(answer, UTF_8)
        .lines()
        .map(
            line -> {
              try {
                return MAPPER.readTree(line);
              } catch (IOException e) {
                throw new UncheckedIOException(line, e);
              }
            })
        .toList();
  }

  private static List<JsonNode> upload(String ndjson) {
    return lines(
        ndjson(ndjson.getBytes(UTF_8))
            .post(BATCH)
            .then()
            .statusCode(200)
            .contentType("application/x-ndjson")
            .extract()
            .asByteArray());
  }

  @Test
  void a_bad_line_does_not_sink_the_rest() {
    List<JsonNode> answers =
        upload(
            """
            {"task": "batch.a", "queue": "batch-it"}
            {"task": "batch a"}

            not json
            {"task": "batch.b", "queue": "nowhere"}
            {"task": "batch.c", "queue": "batch-it", "x": %s}
            {"task": "batch.d", "queue": "batch-it"}"""
                .formatted("\"" + "x".repeat(1 << 20) + "\""));
    assertThat(answers).hasSize(6);
    assertThat(answers.get(0).path("task").asText()).isEqualTo("batch.a");
    assertThat(answers.get(0).path("state").asText()).isEqualTo("PENDING");
    assertRefused(answers.get(1), 400, 2, "task");
    assertRefused(answers.get(2), 400, 4, "body");
    assertRefused(answers.get(3), 422, 5, "queue");
    assertRefused(answers.get(4), 413, 6, "body");
    assertThat(answers.get(5).path("task").asText()).isEqualTo("batch.d");
    for (int taken : List.of(0, 5)) {
      String id = answers.get(taken).path("id").asText();
      task(id).then().statusCode(200);
      await()
          .atMost(PATIENCE)
          .until(() -> worker.received().stream().map(TaskMessage::id).anyMatch(id::equals));
    }
    given().queryParam("task", "batch.b").get(TASKS).then().body("tasks", empty());
  }

  private static void assertRefused(JsonNode answer, int status, int line, String field) {
    assertThat(answer.at("/error/status").asInt()).as("%s", answer).isEqualTo(status);
    assertThat(answer.at("/error/line").asInt()).isEqualTo(line);
    assertThat(answer.at("/error/errors/0/field").asText()).isEqualTo(field);
  }

  @Test
  void an_array_is_taken_element_by_element() {
    List<JsonNode> answers =
        lines(
            given()
                .contentType(ContentType.JSON)
                .body(
                    """
                    [ {"task": "batch.x", "queue": "batch-it", "args": ["],[\\"{"]} , 5,
                      {"task": "batch.y", "queue": "batch-it"} ]""")
                .post(BATCH)
                .then()
                .statusCode(200)
                .extract()
                .asByteArray());
    assertThat(answers).hasSize(3);
    assertThat(answers.get(0).path("task").asText()).isEqualTo("batch.x");
    assertRefused(answers.get(1), 400, 2, "body");
    assertThat(answers.get(2).path("task").asText()).isEqualTo("batch.y");
  }

  @Test
  void what_is_no_array_is_refused_as_a_whole() {
    given()
        .contentType(ContentType.JSON)
        .body("{\"task\": \"a\"}")
        .post(BATCH)
        .then()
        .statusCode(400)
        .contentType("application/problem+json")
        .body("errors.field", hasItem("body"));
  }

  @Test
  void an_empty_upload_has_an_empty_answer() {
    assertThat(upload("")).isEmpty();
    assertThat(upload("\n\n")).isEmpty();
  }

  @Test
  void of_the_same_id_twice_the_first_is_taken() {
    String line = "{\"task\": \"batch.twin\", \"queue\": \"batch-it\", \"id\": \"twin-1\"}\n";
    List<JsonNode> answers = upload(line + line);
    assertThat(answers.get(0).path("id").asText()).isEqualTo("twin-1");
    assertRefused(answers.get(1), 409, 2, "id");
  }

  @Test
  void twenty_thousand_tasks_arrive_each_once_and_are_answered_in_order() {
    int count = 20_000;
    StringBuilder upload = new StringBuilder();
    for (int i = 0; i < count; i++) {
      upload
          .append("{\"task\": \"batch.many\", \"queue\": \"batch-it\", \"args\": [")
          .append(i)
          .append("]}\n");
    }
    List<JsonNode> answers = upload(upload.toString());
    assertThat(answers).hasSize(count);
    assertThat(answers).allMatch(answer -> answer.path("state").asText().equals("PENDING"));
    List<String> ids = answers.stream().map(answer -> answer.path("id").asText()).toList();
    assertThat(ids).isSorted();

    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                worker.received().stream().filter(t -> t.task().equals("batch.many")).count()
                    >= count);
    Set<String> received = new HashSet<>();
    long copies =
        worker.received().stream()
            .filter(t -> t.task().equals("batch.many"))
            .peek(t -> received.add(t.id()))
            .count();
    assertThat(copies).isEqualTo(count);
    assertThat(received).containsExactlyInAnyOrderElementsOf(ids);
    TaskMessage some =
        worker.received().stream()
            .filter(t -> t.id().equals(ids.get(777)))
            .findFirst()
            .orElseThrow();
    assertThat(some.body().args().get(0).asInt()).isEqualTo(777);
  }
}
