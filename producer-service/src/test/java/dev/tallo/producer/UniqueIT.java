package dev.tallo.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.time.Duration;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@QuarkusTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UniqueIT extends ProducerTest {
  private static final String QUEUE = "unique-it";

  private TestWorker worker;

  @BeforeAll
  void start() {
    worker = new TestWorker(QUEUE);
  }

  @AfterAll
  void stop() {
    worker.close();
  }

  private static String task(String name, String key, double seconds) {
    return "{\"task\": \"%s\", \"queue\": \"unique-it\", \"unique_key\": \"%s\", \"unique_for\": %s}"
        .formatted(name, key, seconds);
  }

  private static String newKey() {
    return UUID.randomUUID().toString();
  }

  @Test
  void while_one_has_not_ended_no_other_is_taken() {
    String key = newKey();
    Response first = json(task("report", key, 3600)).post(TASKS);
    first.then().statusCode(202).body("duplicate", nullValue());
    String id = first.path("id");

    json(task("report", key, 3600))
        .post(TASKS)
        .then()
        .statusCode(200)
        .body("id", is(id))
        .body("state", is("PENDING"))
        .body("duplicate", is(true));
    ndjson((task("report", key, 3600) + "\n").getBytes(UTF_8))
        .post(TASKS + "/batch")
        .then()
        .statusCode(200)
        .body(containsString("\"id\":\"" + id + "\""))
        .body(containsString("\"duplicate\":true"));
    json(task("another", key, 3600)).post(TASKS).then().statusCode(202);
    json(task("report", newKey(), 3600)).post(TASKS).then().statusCode(202);
  }

  @Test
  void the_key_is_free_when_the_task_has_ended() {
    String key = newKey();
    String id = submit(task("report", key, 3600));
    worker.received(id);
    worker.report(TestWorker.success(QUEUE, id, 1));
    wait(id, "PT25S").then().body("state", is("SUCCESS"));
    json(task("report", key, 3600)).post(TASKS).then().statusCode(202);
    json(task("report", key, 3600)).post(TASKS).then().statusCode(200);
  }

  @Test
  void the_key_is_free_when_its_time_is_over() {
    String key = newKey();
    submit(task("report", key, 0.5));
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> json(task("report", key, 3600)).post(TASKS).statusCode() == 202);
    json(task("report", key, 3600)).post(TASKS).then().statusCode(200);
  }

  @Test
  void a_task_that_was_refused_holds_no_key() {
    String key = newKey();
    String nowhere = task("report", key, 3600).replace("\"unique-it\"", "\"unique-nowhere\"");
    json(nowhere).post(TASKS).then().statusCode(422);
    json(task("report", key, 3600)).post(TASKS).then().statusCode(202);
  }
}
