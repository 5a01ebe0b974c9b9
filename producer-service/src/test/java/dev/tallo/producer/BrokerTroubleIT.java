package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;

import dev.tallo.messaging.broker.PublishException;
import dev.tallo.messaging.protocol.WorkerEvent;
import dev.tallo.producer.health.StoreReadiness;
import dev.tallo.testbroker.TestBroker;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.junit.jupiter.api.Test;

@QuarkusTest
class BrokerTroubleIT extends ProducerTest {
  private static final Duration WITHIN = Duration.ofSeconds(5);

  @Inject @Readiness StoreReadiness readiness;

  private static void refusedInTime(String id) {
    long began = System.nanoTime();
    Response single = json("{\"task\": \"trouble\", \"id\": \"%s\"}".formatted(id)).post(TASKS);
    Response batch = ndjson("{\"task\": \"trouble\"}\n".getBytes(UTF_8)).post(TASKS + "/batch");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(WITHIN.multipliedBy(2));
    single
        .then()
        .statusCode(503)
        .contentType("application/problem+json")
        .header("Retry-After", notNullValue())
        .body("type", is("urn:tallo:problem:unavailable"));
    batch.then().statusCode(503).header("Retry-After", notNullValue());
    task(id).then().statusCode(404);
  }

  private static void takenAgain(String id) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                json("{\"task\": \"trouble\", \"id\": \"%s\"}".formatted(id))
                        .post(TASKS)
                        .statusCode()
                    == 202);
    task(id).then().statusCode(200);
  }

  @Test
  void while_the_broker_is_away_submits_are_refused_and_the_rest_works() {
    String before = submit("{\"task\": \"trouble\"}");
    TestBroker.shared().kill();
    try {
      await().atMost(Duration.ofSeconds(60)).until(() -> !broker.status().usable());
      String id = "away-" + UUID.randomUUID();
      refusedInTime(id);
      task(before).then().statusCode(200);
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () -> {
                HealthCheckResponse ready = readiness.call().await().atMost(WITHIN);
                assertThat(ready.getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
                assertThat(ready.getData().orElseThrow()).containsEntry("broker.connected", false);
              });
    } finally {
      TestBroker.shared().restart();
    }
    takenAgain("back-" + UUID.randomUUID());
    eventsComeInAgain();
  }

  private static void eventsComeInAgain() {
    String name = "back@" + UUID.randomUUID();
    WorkerEvent online =
        new WorkerEvent(
            WorkerEvent.Type.ONLINE, name, Instant.now(), 60, 0, 0, "t", "1", List.of(), List.of());
    try (TestWorker worker = new TestWorker("trouble-it")) {
      await()
          .atMost(Duration.ofSeconds(60))
          // Nobody listens until the service has subscribed again; events sent before are lost.
          .ignoreException(PublishException.Unroutable.class)
          .untilAsserted(
              () -> {
                worker.tell(online);
                given().get("/api/v1/workers").then().body("workers.name", hasItem(name));
              });
    }
  }

  @Test
  void while_the_broker_blocks_publishers_submits_are_refused() {
    TestBroker.shared().blockPublishers();
    try {
      // The broker tells a connection that it is blocked when that publishes next.
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                int status = json("{\"task\": \"trouble\"}").post(TASKS).statusCode();
                return status == 503 && broker.status().blocked();
              });
      refusedInTime("blocked-" + UUID.randomUUID());
    } finally {
      TestBroker.shared().unblockPublishers();
    }
    takenAgain("unblocked-" + UUID.randomUUID());
  }

  @Test
  void a_cut_connection_is_bridged() {
    TestBroker.shared().closeAllConnections();
    takenAgain("cut-" + UUID.randomUUID());
  }
}
