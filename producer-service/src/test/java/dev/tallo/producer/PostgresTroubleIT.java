package dev.tallo.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;

import dev.tallo.testbroker.TestBroker;
import dev.tallo.testpostgres.TestPostgres;
import io.restassured.response.Response;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The service while its PostgreSQL is killed and comes back. */
class PostgresTroubleIT {
  private static final String QUEUE = "postgres-trouble-it";
  private static final String TASK = "{\"task\": \"demo.add\", \"queue\": \"%s\"}".formatted(QUEUE);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void while_the_store_is_away_submits_are_refused_and_no_outcome_is_lost() throws IOException {
    String broker = TestBroker.shared().newVhost().toString();
    try (Replica service = Replica.start(broker, TestPostgres.shared().newDatabase()).ready();
        TestWorker worker = new TestWorker(QUEUE, broker)) {
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        ids.add(
            service
                .request()
                .body(TASK)
                .post(ProducerTest.TASKS)
                .then()
                .statusCode(202)
                .extract()
                .path("id"));
      }
      TestPostgres.shared().kill();
      try {
        for (int i = 0; i < 3; i++) {
          long began = System.nanoTime();
          Response refused = service.request().body(TASK).post(ProducerTest.TASKS);
          assertThat(Duration.ofNanos(System.nanoTime() - began))
              .isLessThan(Duration.ofSeconds(30));
          refused
              .then()
              .statusCode(503)
              .contentType("application/problem+json")
              .header("Retry-After", notNullValue());
        }
        service.request().get(ProducerTest.TASKS + "/" + ids.getFirst()).then().statusCode(503);
        ids.forEach(id -> worker.report(TestWorker.success(QUEUE, id, 1)));
      } finally {
        TestPostgres.shared().restart();
      }
      for (String id : ids) {
        await()
            .pollDelay(Duration.ZERO)
            .atMost(PATIENCE)
            .until(
                () -> service.request().get(ProducerTest.TASKS + "/" + id).path("state"),
                is("SUCCESS"));
      }
      await()
          .atMost(PATIENCE)
          .until(() -> service.request().body(TASK).post(ProducerTest.TASKS).statusCode() == 202);
    }
  }
}
