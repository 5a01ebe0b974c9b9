package dev.tallo.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.messaging.protocol.TaskMessage;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@QuarkusTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RetryIT extends ProducerTest {
  private static final String QUEUE = "retry-it";
  private static final String TASK = "{\"task\": \"demo.add\", \"queue\": \"retry-it\"}";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Inject MeterRegistry meters;

  private TestWorker worker;

  @BeforeAll
  void start() {
    worker = new TestWorker(QUEUE);
  }

  @AfterAll
  void stop() {
    worker.close();
  }

  @Test
  void how_a_task_is_retried_travels_with_it_and_is_shown() {
    String id =
        submit(
            """
            {"task": "demo.add", "queue": "retry-it", "max_retries": 5, "retry_backoff": 0.5,
             "retry_backoff_max": 60, "retry_on": ["java.io.IOException"],
             "give_up_on": ["ValueError", "shop.Closed"]}
            """);

    assertThat(RetryOptions.of(worker.received(id).headers().custom()))
        .isEqualTo(
            new RetryOptions(
                OptionalInt.of(5),
                Optional.of(Duration.ofMillis(500)),
                Optional.of(Duration.ofMinutes(1)),
                List.of("java.io.IOException"),
                List.of("ValueError", "shop.Closed")));
    task(id)
        .then()
        .body("max_retries", is(5))
        .body("retry_backoff", is(0.5f))
        .body("retry_backoff_max", is(60f))
        .body("retry_on", contains("java.io.IOException"))
        .body("give_up_on", contains("ValueError", "shop.Closed"));
  }

  @Test
  void what_contradicts_itself_is_refused_by_name() {
    json("""
            {"task": "a", "retry_backoff": 10, "retry_backoff_max": 5, "retry_on": ["Busy"],
             "give_up_on": ["Busy"]}
            """)
        .post(TASKS)
        .then()
        .statusCode(400)
        .body("errors.field", containsInAnyOrder("retry_backoff_max", "give_up_on"));
    json("""
            {"task": "a", "retry_backoff": 0, "retry_backoff_max": 2592001, "retry_on": "Busy",
             "give_up_on": ["a b"]}
            """)
        .post(TASKS)
        .then()
        .statusCode(400)
        .body(
            "errors.field",
            containsInAnyOrder("retry_backoff", "retry_backoff_max", "retry_on", "give_up_on"));
    ndjson("{\"task\": \"a\", \"retry_backoff\": -1}\n".getBytes(UTF_8))
        .post(TASKS + "/batch")
        .then()
        .statusCode(200)
        .body(containsString("retry_backoff"));
  }

  @Test
  void a_retry_is_shown_with_its_error_and_the_next_time() {
    String id = submit(TASK);
    OffsetDateTime next = OffsetDateTime.now(ZoneOffset.UTC).plusMinutes(1);
    try (EventStream stream = EventStream.of(id)) {
      worker.report(TestWorker.failure(State.RETRY, id, 0, Optional.of(next)));
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(stream.events()).isNotEmpty();
                assertThat(stream.events().getLast().data())
                    .contains("\"RETRY\"", "\"next_attempt\"", "no 0");
              });
      task(id)
          .then()
          .body("state", is("RETRY"))
          .body("error.type", is("Busy"))
          .body("error.message", is("no 0"))
          .body("next_attempt", startsWith(next.toString().substring(0, 19)));
      // The report of an earlier attempt comes in late.
      worker.report(
          TestWorker.failure(State.RETRY, id, 2, Optional.of(next)),
          TestWorker.failure(State.RETRY, id, 1, Optional.of(next)));
      await().atMost(PATIENCE).untilAsserted(() -> task(id).then().body("retries", is(2)));
      worker.report(TestWorker.failure(State.FAILURE, id, 3, Optional.empty()));
      assertThat(stream.ended()).succeedsWithin(PATIENCE);
      task(id)
          .then()
          .body("state", is("FAILURE"))
          .body("retries", is(3))
          .body("next_attempt", nullValue());
    }
  }

  @Test
  void the_end_of_another_run_is_counted() {
    String id = submit(TASK);
    double before = duplicates();
    worker.report(TestWorker.success(QUEUE, id, 1));
    wait(id, "PT25S").then().body("state", is("SUCCESS"));
    worker.report(TestWorker.failure(State.FAILURE, id, 0, Optional.empty()));
    await().atMost(PATIENCE).until(() -> duplicates() >= before + 1);
    // What is reported after it is stored after it.
    String marker = submit(TASK);
    worker.report(TestWorker.success(QUEUE, marker, 1));
    wait(marker, "PT25S").then().body("state", is("SUCCESS"));
    task(id).then().body("state", is("SUCCESS")).body("result", is(1));
  }

  private double duplicates() {
    return meters.get("tallo.outcomes.duplicate").counter().count();
  }

  @Test
  void an_ended_task_is_run_again_as_a_new_one() {
    String first =
        submit(
            """
            {"task": "demo.add", "queue": "retry-it", "args": [1, "ä"], "kwargs": {"y": 2.5},
             "priority": 7, "headers": {"x-tenant": "acme", "x-n": 3, "x-r": 0.5, "x-on": true},
             "max_retries": 2, "retry_on": ["Busy"], "time_limit": 60, "expires": 3600}
            """);
    json("").post(TASKS + "/" + first + "/retry").then().statusCode(409);
    worker.report(TestWorker.failure(State.FAILURE, first, 2, Optional.empty()));
    wait(first, "PT25S").then().body("state", is("FAILURE"));

    Response again = json("").post(TASKS + "/" + first + "/retry");

    String id = again.path("id");
    again
        .then()
        .statusCode(202)
        .header("Location", endsWith(TASKS + "/" + id))
        .body("id", not(is(first)));
    task(id)
        .then()
        .body("state", is("PENDING"))
        .body("retry_of", is(first))
        .body("root_id", is(first))
        .body("expires", nullValue());
    TaskMessage before = worker.received(first);
    TaskMessage message = worker.received(id);
    assertThat(message.body()).isEqualTo(before.body());
    assertThat(message.priority()).isEqualTo(7);
    assertThat(own(message)).isEqualTo(own(before));
    assertThat(message.headers().timeLimits()).isEqualTo(before.headers().timeLimits());
    assertThat(message.headers().rootId()).contains(first);
    assertThat(message.headers().retries()).isZero();
  }

  @Test
  void what_is_not_known_is_not_run_again() {
    json("").post(TASKS + "/nobody/retry").then().statusCode(404);
    worker.report(TestWorker.success(QUEUE, "retry-of-others", 1));
    await().atMost(PATIENCE).untilAsserted(() -> task("retry-of-others").then().statusCode(200));
    json("")
        .post(TASKS + "/retry-of-others/retry")
        .then()
        .statusCode(422)
        .body("type", is("urn:tallo:problem:task-not-known"));
  }

  /** The headers of the sender, without that of the sending. */
  private static Map<String, @Nullable Object> own(TaskMessage message) {
    Map<String, @Nullable Object> headers = new HashMap<>(message.headers().custom());
    headers.remove(TaskHeaders.SENT_AT);
    return headers;
  }
}
