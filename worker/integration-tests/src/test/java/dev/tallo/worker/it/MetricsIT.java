package dev.tallo.worker.it;

import static dev.tallo.worker.it.TaskClient.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.testbroker.TestBrokerResource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.search.MeterNotFoundException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(TestBrokerResource.class)
class MetricsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final MeterRegistry METERS = new SimpleMeterRegistry();

  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  String address;

  @BeforeAll
  static void count() {
    Metrics.addRegistry(METERS);
  }

  @AfterAll
  static void stop() {
    Metrics.removeRegistry(METERS);
  }

  private static Timer wait(String task) {
    return METERS.get("tallo.task.wait").tags("task", task, "queue", "default").timer();
  }

  @Test
  void a_task_has_waited_since_it_was_sent() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String id =
          client.send(task("sample.uni", "[\"a\"]").sentAt(Instant.now().minusSeconds(60)).build());
      client.outcome(id);
    }
    assertThat(wait("sample.uni").count()).isEqualTo(1);
    assertThat(wait("sample.uni").totalTime(TimeUnit.SECONDS)).isBetween(60.0, 80.0);
    assertThat(
            METERS
                .get("tallo.task.started")
                .tags("task", "sample.uni", "queue", "default")
                .counter()
                .count())
        .isEqualTo(1);
    await()
        .atMost(PATIENCE)
        .ignoreException(MeterNotFoundException.class)
        .until(
            () ->
                METERS
                        .get("tallo.task.run")
                        .tags("task", "sample.uni", "queue", "default", "outcome", "SUCCESS")
                        .timer()
                        .count()
                    == 1);
  }

  @Test
  void a_task_that_was_not_due_has_waited_since_it_was() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String id =
          client.send(
              task("sample.stage", "[1]")
                  .sentAt(Instant.now().minusSeconds(3_600))
                  .eta(OffsetDateTime.now().minusSeconds(30))
                  .build());
      client.outcome(id);
    }
    assertThat(wait("sample.stage").totalTime(TimeUnit.SECONDS)).isBetween(30.0, 50.0);
  }

  @Test
  void of_a_task_that_does_not_tell_when_it_was_sent_no_wait_is_made_up() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      client.outcome(client.send(task("sample.void", "[]").build()));
    }
    assertThat(
            METERS
                .get("tallo.task.started")
                .tags("task", "sample.void", "queue", "default")
                .counter()
                .count())
        .isEqualTo(1);
    assertThat(wait("sample.void").count()).isZero();
  }
}
