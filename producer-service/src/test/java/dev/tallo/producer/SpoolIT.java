package dev.tallo.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.producer.health.StoreReadiness;
import dev.tallo.testbroker.FaultProxy;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.health.Readiness;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(SpoolIT.Spooling.class)
class SpoolIT extends ProducerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MOST = 300;

  /** Tasks wait for the broker, so many at most. */
  public static final class Spooling implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "tallo.producer.spool", "true", "tallo.producer.spool-max-tasks", String.valueOf(MOST));
    }

    @Override
    public List<TestResourceEntry> testResources() {
      return List.of(
          new TestResourceEntry(ProxiedBroker.class), new TestResourceEntry(StoreResource.class));
    }

    @Override
    public boolean disableGlobalTestResources() {
      return true;
    }
  }

  @Inject @Readiness StoreReadiness readiness;

  FaultProxy proxy;

  private void whileTheBrokerIsAway(Runnable work) {
    everythingIsPublished(); // what another test left behind takes room
    proxy.refuse();
    proxy.reset();
    try {
      await().atMost(PATIENCE).until(() -> !broker.status().usable());
      work.run();
    } finally {
      proxy.pass();
    }
    assertThat(broker.awaitReady(PATIENCE)).isTrue();
  }

  private static String task(String queue, int n) {
    return "{\"task\": \"demo.add\", \"queue\": \"%s\", \"args\": [%d]}".formatted(queue, n);
  }

  private static String spool(String body) {
    return json(body)
        .post(TASKS)
        .then()
        .statusCode(202)
        .body("spooled", is(true))
        .extract()
        .path("id");
  }

  private long waiting() {
    return (long)
        readiness.call().await().atMost(PATIENCE).getData().orElseThrow().get("spool.tasks");
  }

  private void everythingIsPublished() {
    await().atMost(PATIENCE).until(() -> waiting() == 0);
  }

  @Test
  void tasks_wait_while_the_broker_is_away_and_are_published_in_their_order() throws Exception {
    List<String> ids = new ArrayList<>();
    try (TestWorker worker = new TestWorker("spool-it")) {
      ids.add(submit(task("spool-it", 0)));
      worker.received(ids.getFirst());
      worker.rest();
      whileTheBrokerIsAway(
          () -> {
            for (int i = 1; i <= 20; i++) {
              ids.add(spool(task("spool-it", i)));
            }
            String batch = (task("spool-it", 21) + "\n").repeat(230);
            Response answer = ndjson(batch.getBytes(UTF_8)).post(TASKS + "/batch");
            answer.then().statusCode(200).body(containsString("\"spooled\":true"));
            answer
                .asString()
                .lines()
                .forEach(line -> ids.add(line.replaceAll(".*\"id\":\"([^\"]+)\".*", "$1")));
            task(ids.get(5)).then().body("state", is("PENDING")).body("spooled", is(true));
            await().atMost(PATIENCE).until(() -> waiting() == 250);
          });
      // What comes in now goes behind those that wait.
      for (int i = 0; i < 20; i++) {
        ids.add(submit(task("spool-it", 100 + i)));
      }
      everythingIsPublished();
      assertThat(worker.queued(ids.size() - 1))
          .extracting(TaskMessage::id)
          .containsExactlyElementsOf(ids.subList(1, ids.size()));
      task(ids.get(5)).then().body("spooled", is(false));
      json(task("spool-it", 1)).post(TASKS).then().statusCode(202).body("spooled", nullValue());
    }
  }

  @Test
  void no_more_tasks_wait_than_may() {
    try (TestWorker worker = warm("spool-it-bounded")) {
      AtomicInteger accepted = new AtomicInteger();
      whileTheBrokerIsAway(
          () -> {
            // One that is being counted may count twice for a moment, so that the last one is
            // early.
            await()
                .atMost(PATIENCE)
                .pollInterval(Duration.ZERO)
                .until(() -> fits("spool-it-bounded", accepted) == MOST);
            for (int i = 0; i < 20; i++) {
              assertThat(fits("spool-it-bounded", accepted)).isEqualTo(MOST);
            }
          });
      everythingIsPublished();
      await().atMost(PATIENCE).until(() -> worker.received().size() >= 1 + MOST);
      assertThat(worker.received()).hasSize(1 + MOST);
    }
  }

  /** Submits one more; how many were accepted yet. */
  private static int fits(String queue, AtomicInteger accepted) {
    int status = json(task(queue, accepted.get())).post(TASKS).statusCode();
    assertThat(status).isIn(202, 503);
    return status == 202 ? accepted.incrementAndGet() : accepted.get();
  }

  /** A worker that a task went to. */
  private static TestWorker warm(String queue) {
    TestWorker worker = new TestWorker(queue);
    worker.received(submit(task(queue, 0)));
    return worker;
  }

  @Test
  void a_waiting_task_is_published_as_it_was_submitted() {
    try (TestWorker worker = warm("spool-it-whole")) {
      String[] ids = new String[2];
      whileTheBrokerIsAway(
          () -> {
            ids[0] =
                spool(
                    """
                    {"task": "demo.add", "queue": "spool-it-whole", "args": [1, "ä", 2.50],
                     "kwargs": {"y": null}, "priority": 9, "countdown": 0.5, "expires": 3600,
                     "headers": {"x-s": "t", "x-n": 3, "x-d": 2.0, "x-b": false},
                     "max_retries": 4, "retry_backoff": 0.5, "give_up_on": ["ValueError"],
                     "time_limit": 60, "ignore_result": true}
                    """);
            ids[1] =
                json(task("spool-it-whole", 1))
                    .header("Idempotency-Key", "spool-1")
                    .post(TASKS)
                    .then()
                    .statusCode(202)
                    .extract()
                    .path("id");
            json(task("spool-it-whole", 1))
                .header("Idempotency-Key", "spool-1")
                .post(TASKS)
                .then()
                .statusCode(202)
                .header("Idempotency-Replayed", "true")
                .body("id", is(ids[1]));
            String unique =
                "{\"task\": \"demo.add\", \"queue\": \"spool-it-whole\", \"unique_key\": \"u\","
                    + " \"unique_for\": 60}";
            spool(unique);
            json(unique).post(TASKS).then().statusCode(200).body("duplicate", is(true));
          });
      TaskMessage message = worker.received(ids[0]);
      assertThat(message.body().args()).hasToString("[1,\"ä\",2.5]");
      assertThat(message.body().kwargs()).hasToString("{\"y\":null}");
      assertThat(message.priority()).isEqualTo(9);
      assertThat(message.replyTo()).contains(Topology.RESULTS);
      assertThat(message.headers().ignoreResult()).isTrue();
      assertThat(message.headers().eta()).isPresent();
      assertThat(message.headers().expires()).isPresent();
      assertThat(message.headers().timeLimits().hard()).contains(Duration.ofMinutes(1));
      assertThat(message.headers().custom())
          .containsAllEntriesOf(Map.of("x-s", "t", "x-n", 3, "x-d", 2.0, "x-b", false));
      RetryOptions retry = RetryOptions.of(message.headers().custom());
      assertThat(retry.maxRetries()).hasValue(4);
      assertThat(retry.backOff()).contains(Duration.ofMillis(500));
      assertThat(retry.giveUpOn()).containsExactly("ValueError");
      worker.received(ids[1]);
      everythingIsPublished();
      assertThat(worker.received()).filteredOn(one -> one.id().equals(ids[1])).hasSize(1);
    }
  }

  @Test
  void a_waiting_task_that_is_revoked_ends_and_is_never_published() {
    try (TestWorker worker = warm("spool-it-revoked")) {
      String[] ids = new String[2];
      whileTheBrokerIsAway(
          () -> {
            ids[0] = spool(task("spool-it-revoked", 1));
            ids[1] = spool(task("spool-it-revoked", 2));
            json("")
                .post(TASKS + "/" + ids[0] + "/revoke")
                .then()
                .statusCode(202)
                .body("state", is("REVOKED"))
                .body("spooled", is(false));
            json("").post(TASKS + "/" + ids[0] + "/revoke").then().statusCode(409);
          });
      worker.received(ids[1]);
      everythingIsPublished();
      assertThat(worker.received())
          .extracting(TaskMessage::id)
          .contains(ids[1])
          .doesNotContain(ids[0]);
      task(ids[0]).then().body("state", is("REVOKED"));
    }
  }

  @Test
  void a_waiting_task_whose_queue_is_not_there_fails() {
    String[] ids = new String[2];
    whileTheBrokerIsAway(
        () -> {
          ids[0] = spool(task("spool-it-nowhere", 1));
          ids[1] =
              spool(
                  "{\"task\": \"demo.add\", \"queue\": \"spool-it-nowhere\", \"countdown\": 999}");
        });
    for (String id : ids) {
      wait(id, "PT60S")
          .then()
          .body("state", is("FAILURE"))
          .body("error.type", is("UnknownQueue"))
          .body("spooled", is(false));
    }
  }
}
