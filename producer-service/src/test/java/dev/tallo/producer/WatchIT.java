package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskEvent;
import dev.tallo.producer.history.StoredTask;
import dev.tallo.producer.watch.TaskWatch;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@QuarkusTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WatchIT extends ProducerTest {
  private static final String QUEUE = "watch-it";
  private static final String TASK = "{\"task\": \"demo.add\", \"queue\": \"watch-it\"}";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Inject TaskWatch watch;

  private TestWorker worker;

  @BeforeAll
  void start() {
    worker = new TestWorker(QUEUE);
  }

  @AfterAll
  void stop() {
    worker.close();
  }

  private static TaskEvent event(TaskEvent.Type type, String id, Instant at) {
    return new TaskEvent(type, id, "w@host", at, Map.of("retries", IntNode.valueOf(1)));
  }

  private static TaskEvent progress(String id, Instant at, double done) {
    return new TaskEvent(
        TaskEvent.Type.PROGRESS,
        id,
        "w@host",
        at,
        Map.of(
            "retries", IntNode.valueOf(1),
            "done", DoubleNode.valueOf(done),
            "total", DoubleNode.valueOf(10),
            "note", TextNode.valueOf("page " + (int) done)));
  }

  private static List<String> names(EventStream stream) {
    return stream.events().stream()
        .map(e -> e.name().equals("state") ? state(e) : e.name())
        .toList();
  }

  private static String state(EventStream.Event event) {
    return event.data().replaceAll(".*\"state\":\"([A-Z]+)\".*", "$1");
  }

  @Test
  void a_task_is_followed_from_its_submission_to_its_result() {
    String id = submit(TASK);
    try (EventStream stream = EventStream.of(id)) {
      assertThat(stream.contentType()).startsWith("text/event-stream");
      await().atMost(PATIENCE).until(() -> names(stream).equals(List.of("PENDING")));
      Instant now = Instant.now();
      worker.tell(event(TaskEvent.Type.RECEIVED, id, now));
      await().atMost(PATIENCE).until(() -> names(stream).contains("RECEIVED"));
      worker.tell(event(TaskEvent.Type.STARTED, id, now.plusMillis(1)));
      await().atMost(PATIENCE).until(() -> names(stream).contains("STARTED"));
      worker.tell(progress(id, now.plusMillis(2), 3));
      await().atMost(PATIENCE).until(() -> names(stream).contains("progress"));
      task(id)
          .then()
          .body("state", is("STARTED"))
          .body("progress.done", is(3f))
          .body("progress.total", is(10f))
          .body("progress.note", is("page 3"));

      worker.report(TestWorker.success(QUEUE, id, 42));

      assertThat(stream.ended()).succeedsWithin(PATIENCE);
      assertThat(names(stream))
          .startsWith("PENDING", "RECEIVED", "STARTED", "progress")
          .endsWith("SUCCESS");
      assertThat(stream.events().getLast().data()).contains("\"result\":42");
      assertThat(stream.events()).extracting(EventStream.Event::id).doesNotHaveDuplicates();
    }
  }

  @Test
  void who_comes_back_goes_on_where_it_was() {
    String id = submit(TASK);
    Instant now = Instant.now();
    worker.tell(event(TaskEvent.Type.RECEIVED, id, now), event(TaskEvent.Type.STARTED, id, now));
    String last;
    try (EventStream stream = EventStream.of(id)) {
      await().atMost(PATIENCE).until(() -> names(stream).contains("STARTED"));
      last = stream.events().getLast().id();
    }
    try (EventStream again = EventStream.after(id, last)) {
      worker.tell(progress(id, now.plusMillis(5), 1));
      await().atMost(PATIENCE).until(() -> !again.events().isEmpty());
      assertThat(names(again)).containsExactly("progress");
      last = again.events().getLast().id();
    }
    worker.report(TestWorker.success(QUEUE, id, 1));
    wait(id, "PT25S").then().body("state", is("SUCCESS"));
    try (EventStream again = EventStream.after(id, last)) {
      assertThat(again.ended()).succeedsWithin(PATIENCE);
      assertThat(names(again)).doesNotContain("PENDING", "RECEIVED").endsWith("SUCCESS");
      last = again.events().getLast().id();
    }
    try (EventStream again = EventStream.after(id, last)) {
      assertThat(again.ended()).succeedsWithin(PATIENCE);
      assertThat(again.events()).isEmpty();
    }
  }

  @Test
  void many_may_follow_one_task() {
    String id = submit(TASK);
    List<EventStream> streams = List.of(EventStream.of(id), EventStream.of(id), EventStream.of(id));
    worker.report(TestWorker.success(QUEUE, id, 1));
    for (EventStream stream : streams) {
      try (stream) {
        assertThat(stream.ended()).succeedsWithin(PATIENCE);
        assertThat(names(stream)).endsWith("SUCCESS");
      }
    }
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        given()
                            .baseUri("http://127.0.0.1")
                            .port(managementPort())
                            .get("/q/metrics")
                            .asString())
                    .contains("tallo_streams 0.0")
                    .contains("tallo_waiters 0.0"));
  }

  @Test
  void thousands_may_wait_for_one_task() {
    String id = submit(TASK);
    List<CompletableFuture<Optional<StoredTask>>> waiting = new ArrayList<>();
    for (int i = 0; i < 6_000; i++) {
      waiting.add(watch.end(id, PATIENCE).subscribeAsCompletionStage());
      if (i % 500 == 0) {
        // The looks before are done by then: no more may wait than the history's bound.
        task(id).then().statusCode(200);
      }
    }

    worker.report(TestWorker.success(QUEUE, id, 1));

    assertThat(waiting)
        .allSatisfy(
            one ->
                assertThat(one.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).orElseThrow().state())
                    .isEqualTo(State.SUCCESS));
  }

  private static int managementPort() {
    return org.eclipse.microprofile.config.ConfigProvider.getConfig()
        .getValue("quarkus.management.test-port", Integer.class);
  }
}
