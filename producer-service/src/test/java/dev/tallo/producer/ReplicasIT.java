package dev.tallo.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;

import dev.tallo.messaging.broker.DeadLetters;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.testbroker.TestBroker;
import dev.tallo.testpostgres.TestPostgres;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Two replicas on one PostgreSQL and one broker, each a process of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReplicasIT {
  private static final String QUEUE = "replicas-it";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
  private String broker;
  private String database;
  private Replica one;
  private Replica two;
  private TestWorker worker;

  @BeforeAll
  void start() throws IOException {
    broker = TestBroker.shared().newVhost().toString();
    database = TestPostgres.shared().newDatabase();
    // Both at once: they migrate the same empty schema.
    one = Replica.startAmongOthers(broker, database);
    two = Replica.startAmongOthers(broker, database);
    one.ready();
    two.ready();
    worker = new TestWorker(QUEUE, broker);
  }

  @AfterAll
  void stop() {
    clients.shutdownNow();
    one.close();
    two.close();
    worker.close();
  }

  private static String submit(Replica replica) {
    return replica
        .request()
        .body("{\"task\": \"demo.add\", \"queue\": \"%s\"}".formatted(QUEUE))
        .post(ProducerTest.TASKS)
        .then()
        .statusCode(202)
        .extract()
        .path("id");
  }

  private CompletableFuture<Response> wait(Replica replica, String id) {
    return CompletableFuture.supplyAsync(
        () -> replica.request().queryParam("wait", "PT60S").get(ProducerTest.TASKS + "/" + id),
        clients);
  }

  private List<CompletableFuture<Response>> atOnce(String body, String... header) {
    return IntStream.range(0, 16)
        .mapToObj(
            i ->
                CompletableFuture.supplyAsync(
                    () -> {
                      var request = (i % 2 == 0 ? one : two).request().body(body);
                      if (header.length == 2) {
                        request.header(header[0], header[1]);
                      }
                      return request.post(ProducerTest.TASKS);
                    },
                    clients))
        .toList();
  }

  @Test
  void what_one_has_taken_the_other_knows_at_once() {
    for (int i = 0; i < 20; i++) {
      two.request().get(ProducerTest.TASKS + "/" + submit(one)).then().statusCode(200);
      one.request().get(ProducerTest.TASKS + "/" + submit(two)).then().statusCode(200);
    }
  }

  @Test
  void who_waits_at_either_is_answered_wherever_the_outcome_comes_in() {
    List<CompletableFuture<Response>> waiting = new ArrayList<>();
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      String id = submit(i % 2 == 0 ? one : two);
      waiting.add(wait(one, id));
      waiting.add(wait(two, id));
      outcomes.add(TestWorker.success(QUEUE, id, i));
    }
    outcomes.forEach(worker::report); // a message each, which the two share between them
    for (CompletableFuture<Response> answer : waiting) {
      assertThat(answer).succeedsWithin(PATIENCE);
      answer.join().then().statusCode(200).body("state", is("SUCCESS"));
    }
  }

  @Test
  void who_follows_a_task_at_either_hears_of_its_end() {
    String id = submit(one);
    try (EventStream atOne = EventStream.at(one.address(), id);
        EventStream atTwo = EventStream.at(two.address(), id)) {
      worker.report(TestWorker.success(QUEUE, id, 7));
      for (EventStream stream : List.of(atOne, atTwo)) {
        assertThat(stream.ended()).succeedsWithin(PATIENCE);
        assertThat(stream.events().getLast().data()).contains("\"state\":\"SUCCESS\"");
      }
      assertThat(atOne.events().getLast().id()).isEqualTo(atTwo.events().getLast().id());
    }
  }

  @Test
  void one_idempotency_key_gives_one_task_on_both() {
    String body = "{\"task\": \"demo.add\", \"queue\": \"%s\"}".formatted(QUEUE);
    List<String> ids =
        atOnce(body, "Idempotency-Key", UUID.randomUUID().toString()).stream()
            .map(answer -> answer.join().then().statusCode(202).extract().<String>path("id"))
            .distinct()
            .toList();
    assertThat(ids).hasSize(1);
    worker.received(submit(one));
    assertThat(worker.received().stream().filter(task -> task.id().equals(ids.getFirst())))
        .hasSize(1);
  }

  @Test
  void one_unique_key_gives_one_task_on_both() {
    String body =
        "{\"task\": \"demo.add\", \"queue\": \"%s\", \"unique_key\": \"%s\", \"unique_for\": 60}"
            .formatted(QUEUE, UUID.randomUUID());
    List<Response> answers = atOnce(body).stream().map(CompletableFuture::join).toList();
    assertThat(answers).filteredOn(answer -> answer.statusCode() == 202).hasSize(1);
    assertThat(answers).filteredOn(answer -> answer.statusCode() == 200).hasSize(15);
    assertThat(answers.stream().map(answer -> answer.<String>path("id")).distinct()).hasSize(1);
  }

  @Test
  void a_dead_letter_that_both_send_at_once_is_sent_once() {
    TaskMessage task =
        TaskMessage.builder("replicas-dead-" + UUID.randomUUID(), "replicas.dead").build();
    worker.send(
        Topology.DEAD,
        QUEUE,
        DeadLetters.withReason(TaskCodec.encode(task), "unknown-task", "none", "w1@host"));
    String letters = "/api/v1/dead-letters";
    String letter =
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    one.request()
                        .queryParam("task", "replicas.dead")
                        .get(letters)
                        .path("dead_letters[0].id"),
                Objects::nonNull);
    List<Integer> answers =
        IntStream.range(0, 8)
            .mapToObj(
                i ->
                    CompletableFuture.supplyAsync(
                        () ->
                            (i % 2 == 0 ? one : two)
                                .request()
                                .post(letters + "/" + letter + "/redrive")
                                .statusCode(),
                        clients))
            .toList()
            .stream()
            .map(CompletableFuture::join)
            .toList();
    assertThat(answers).containsOnlyOnce(202).filteredOn(status -> status == 404).hasSize(7);
    worker.received(task.id());
    worker.received(submit(one));
    assertThat(worker.received()).filteredOn(one -> one.id().equals(task.id())).hasSize(1);
  }

  @Test
  void what_one_was_told_holds_at_both() {
    one.request().post("/api/v1/queues/" + QUEUE + "/pause").then().statusCode(200);
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                two.request()
                    .get("/api/v1/queues")
                    .then()
                    .body(
                        "queues.find { it.name == '%s' }.paused_since".formatted(QUEUE),
                        notNullValue()));
    two.request().post("/api/v1/queues/" + QUEUE + "/resume").then().statusCode(200);
    String id = submit(one);
    two.request().post(ProducerTest.TASKS + "/" + id + "/revoke").then().statusCode(202);
    one.request()
        .get(ProducerTest.TASKS + "/" + id)
        .then()
        .body("revoke_requested", notNullValue());
  }

  @Test
  void when_one_dies_the_other_stores_its_outcomes() throws IOException {
    try (Replica mortal = Replica.startAmongOthers(broker, database).ready()) {
      String batch = "{\"task\": \"demo.add\", \"queue\": \"%s\"}\n".formatted(QUEUE).repeat(500);
      String answer =
          mortal
              .request()
              .contentType("application/x-ndjson")
              .body(batch.getBytes(StandardCharsets.UTF_8))
              .post(ProducerTest.TASKS + "/batch")
              .asString();
      List<String> ids =
          Stream.of(answer.split("\n"))
              .map(line -> line.replaceAll(".*\"id\":\"([^\"]+)\".*", "$1"))
              .toList();
      assertThat(ids).hasSize(500);
      for (String id : ids) {
        worker.report(TestWorker.success(QUEUE, id, 1));
        if (id.equals(ids.get(250))) {
          mortal.kill();
        }
      }
      for (String id : ids) {
        await()
            .pollDelay(Duration.ZERO)
            .atMost(PATIENCE)
            .until(
                () -> one.request().get(ProducerTest.TASKS + "/" + id).path("state"),
                is("SUCCESS"));
      }
    }
  }
}
