package dev.tallo.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;

import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.TaskMessage;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;

@QuarkusTest
class DelayIT extends ProducerTest {
  private static final String QUEUE = "delay-it";

  @Test
  void a_countdown_brings_the_task_to_its_queue_when_the_whole_seconds_are_over() {
    try (TestWorker worker = new TestWorker(QUEUE)) {
      Instant before = Instant.now();
      String id =
          submit(
              """
              {"task": "demo.add", "queue": "delay-it", "countdown": 2.5, "max_retries": 7,
               "time_limit": 60, "soft_time_limit": 30}
              """);
      task(id)
          .then()
          .body("state", is("PENDING"))
          .body("eta", notNullValue())
          .body("max_retries", is(7))
          .body("time_limit", is(60f))
          .body("soft_time_limit", is(30f));

      TaskMessage task = worker.received(id);

      // The worker that has it waits for the last half second.
      assertThat(Duration.between(before, Instant.now())).isGreaterThan(Duration.ofSeconds(2));
      assertThat(task.headers().eta().map(OffsetDateTime::toInstant).orElseThrow())
          .isBetween(before.plusMillis(2_500), before.plusSeconds(10));
      assertThat(task.headers().timeLimits().hard()).contains(Duration.ofSeconds(60));
      assertThat(task.headers().timeLimits().soft()).contains(Duration.ofSeconds(30));
      assertThat(task.headers().custom()).containsEntry("x-tallo-max-retries", 7);
    }
  }

  @Test
  void a_delayed_task_without_a_queue_comes_due_where_the_routing_is() {
    try (TestWorker routing = new TestWorker(Topology.UNROUTED)) {
      String id =
          submit(
              "{\"task\": \"delay.routed\", \"eta\": \"%s\"}"
                  .formatted(Instant.now().plusSeconds(2)));
      assertThat(routing.received(id).task()).isEqualTo("delay.routed");
    }
  }

  @Test
  void an_eta_that_has_passed_is_as_good_as_none() {
    try (TestWorker worker = new TestWorker(QUEUE)) {
      String id =
          submit(
              "{\"task\": \"demo.add\", \"queue\": \"delay-it\", \"eta\":"
                  + " \"2020-01-01T00:00:00Z\"}");
      assertThat(worker.received(id).headers().eta()).isPresent();
    }
  }

  @Test
  void a_delayed_task_for_a_queue_that_is_not_there_is_refused_at_once() {
    json("{\"task\": \"demo.add\", \"queue\": \"delay-nowhere\", \"countdown\": 60, \"id\": \"d1\"}")
        .post(TASKS)
        .then()
        .statusCode(422)
        .body("errors.field", hasItem("queue"));
    task("d1").then().statusCode(404);
  }
}
