package dev.tallo.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.tallo.messaging.broker.PublishException;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.testbroker.FaultProxy;
import dev.tallo.testbroker.TestBroker;
import io.smallrye.mutiny.Uni;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TalloClientIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String QUEUE = "client-it";
  private static final TaskType<Integer> ADD = TaskType.of("demo.add", Integer.class);
  private static final TaskType<List<Report>> REPORTS =
      TaskType.of("reports.of", new TypeReference<>() {});
  private static final TaskType<Integer> DIVIDE = TaskType.of("demo.divide", Integer.class);
  private static final TaskType<Void> SILENT = TaskType.of("demo.silent", Void.class);

  record Report(String customer, LocalDate day, Optional<Integer> pages) {}

  private final URI address = TestBroker.shared().newVhost();
  private TestWorker worker;
  private TalloClient client;

  @BeforeEach
  void start() {
    worker = new TestWorker(address, QUEUE, TalloClientIT::work);
    client = TalloClient.builder().address(address.toString()).build();
    await().atMost(PATIENCE).until(client::connected);
  }

  @AfterEach
  void stop() {
    client.close();
    worker.close();
  }

  private static JsonNode work(TaskMessage task) {
    JsonNode args = task.body().args();
    return switch (task.task()) {
      case "demo.add" -> IntNode.valueOf(args.get(0).asInt() + args.get(1).asInt());
      case "demo.divide" -> IntNode.valueOf(args.get(0).asInt() / args.get(1).asInt());
      case "reports.of" -> args;
      default -> MissingNode.getInstance();
    };
  }

  @Test
  void a_task_is_sent_and_its_result_comes_back_typed() {
    assertThat(client.task(ADD).args(2, 3).queue(QUEUE).runAndAwait(PATIENCE).valueOrThrow())
        .isEqualTo(5);
    List<Report> reports =
        List.of(
            new Report("c-17", LocalDate.of(2026, 1, 31), Optional.of(3)),
            new Report("c-18", LocalDate.of(2026, 2, 1), Optional.empty()));
    TaskResult<List<Report>> result =
        client.task(REPORTS).args(reports.toArray()).queue(QUEUE).runAndAwait(PATIENCE);
    assertThat(result.value()).isEqualTo(reports);
    assertThat(result.worker()).contains("w@test");
  }

  @Test
  void a_task_that_fails_says_why() {
    TaskResult<Integer> result =
        client.task(DIVIDE).args(1, 0).queue(QUEUE).run(PATIENCE).await().atMost(PATIENCE);
    assertThat(result.state()).isEqualTo(State.FAILURE);
    assertThat(result.failure().orElseThrow().type()).isEqualTo("ArithmeticException");
    assertThatThrownBy(result::valueOrThrow)
        .isInstanceOf(TaskFailedException.class)
        .hasMessageContaining("by zero");
  }

  @Test
  void without_a_queue_it_goes_where_its_name_is_bound() {
    worker.learn("demo.add", QUEUE);
    assertThat(client.task(ADD).args(1, 1).runAndAwait(PATIENCE).value()).isEqualTo(2);
  }

  @Test
  void everything_that_is_set_is_in_the_message() {
    Instant expires = Instant.now().plusSeconds(600);
    RetryOptions retry =
        new RetryOptions(
            OptionalInt.of(4),
            Optional.of(Duration.ofMillis(500)),
            Optional.empty(),
            List.of("Busy"),
            List.of());
    SentTask<Void> sent =
        client
            .task(SILENT)
            .kwarg("x", 1)
            .queue(QUEUE)
            .id("my-id")
            .priority(9)
            .eta(Instant.now().minusSeconds(5))
            .expires(expires)
            .timeLimit(Duration.ofSeconds(60))
            .softTimeLimit(Duration.ofSeconds(30))
            .header("tenant", "acme")
            .retry(retry)
            .parent("p", "r")
            .toHistory()
            .send()
            .await()
            .atMost(PATIENCE);
    assertThat(sent.id()).isEqualTo("my-id");
    await().atMost(PATIENCE).until(() -> !worker.received().isEmpty());
    TaskMessage task = worker.received().element();
    assertThat(task.id()).isEqualTo("my-id");
    assertThat(task.body().kwargs().path("x").asInt()).isEqualTo(1);
    assertThat(task.priority()).isEqualTo(9);
    assertThat(task.replyTo()).contains(Topology.RESULTS);
    assertThat(task.headers().timeLimits().soft()).contains(Duration.ofSeconds(30));
    assertThat(task.headers().parentId()).contains("p");
    assertThat(task.headers().rootId()).contains("r");
    assertThat(task.headers().custom()).containsEntry("tenant", "acme");
    assertThat(RetryOptions.of(task.headers().custom())).isEqualTo(retry);
    assertThat(task.headers().eta()).isPresent();
    assertThat(task.headers().expires()).isPresent();
    assertThatThrownBy(() -> sent.await(PATIENCE)).isInstanceOf(ResultUnknownException.class);
  }

  @Test
  void a_delayed_task_comes_when_it_is_due() {
    Instant before = Instant.now();
    client.task(ADD).args(1, 2).queue(QUEUE).countdown(Duration.ofSeconds(2)).runAndAwait(PATIENCE);
    assertThat(Duration.between(before, Instant.now())).isGreaterThan(Duration.ofSeconds(1));
  }

  @Test
  void a_queue_that_is_not_there_is_told() {
    assertThatThrownBy(() -> client.task(ADD).args(1, 2).queue("nowhere").runAndAwait(PATIENCE))
        .isInstanceOf(PublishException.Unroutable.class);
    assertThatThrownBy(
            () ->
                client
                    .task(ADD)
                    .args(1, 2)
                    .queue("nowhere")
                    .countdown(Duration.ofMinutes(1))
                    .runAndAwait(PATIENCE))
        .isInstanceOf(PublishException.Unroutable.class)
        .hasMessageContaining("nowhere");
  }

  @Test
  void what_is_out_of_bounds_is_refused_by_name() {
    assertThatThrownBy(() -> TaskType.of("two words", Integer.class)).hasMessageContaining("task");
    TaskCall<Integer> call = client.task(ADD);
    assertThatThrownBy(() -> call.queue("tallo.results")).hasMessageContaining("queue");
    assertThatThrownBy(() -> call.priority(256)).hasMessageContaining("priority");
    assertThatThrownBy(() -> call.countdown(Duration.ofSeconds(-1)))
        .hasMessageContaining("countdown");
    assertThatThrownBy(() -> call.countdown(Duration.ofDays(36_500)))
        .hasMessageContaining("countdown");
    assertThatThrownBy(() -> call.eta(Instant.now()).countdown(Duration.ofSeconds(1)))
        .hasMessageContaining("countdown or eta");
    assertThatThrownBy(() -> call.expires(Instant.EPOCH)).hasMessageContaining("expires");
    assertThatThrownBy(() -> call.id("no spaces")).hasMessageContaining("id");
    assertThatThrownBy(
            () ->
                call.timeLimit(Duration.ofSeconds(1))
                    .softTimeLimit(Duration.ofSeconds(1))
                    .send()
                    .await()
                    .atMost(PATIENCE))
        .hasMessageContaining("softTimeLimit");
  }

  @Test
  void many_results_are_waited_for_at_once() {
    List<Uni<TaskResult<Integer>>> runs =
        IntStream.range(0, 5_000)
            .mapToObj(i -> client.task(ADD).args(i, 1).queue(QUEUE).run(PATIENCE))
            .toList();
    List<TaskResult<Integer>> results =
        Uni.join().all(runs).andFailFast().await().atMost(PATIENCE.multipliedBy(2));
    assertThat(results.stream().mapToInt(result -> result.value()).toArray())
        .isEqualTo(IntStream.rangeClosed(1, 5_000).toArray());
  }

  @Test
  void a_wait_has_an_end_and_the_task_goes_on() {
    SentTask<Integer> sent =
        client
            .task(TaskType.of("demo.silent", Integer.class))
            .queue(QUEUE)
            .send()
            .await()
            .atMost(PATIENCE);
    assertThatThrownBy(() -> sent.await(Duration.ofMillis(200)))
        .isInstanceOf(ResultUnknownException.class)
        .hasMessageContaining("PT0.2S");
    await().atMost(PATIENCE).until(() -> !worker.received().isEmpty());
    worker.answer(worker.received().element(), State.SUCCESS, IntNode.valueOf(4));
    assertThat(sent.await(PATIENCE).value()).isEqualTo(4);
  }

  @Test
  void closing_ends_every_wait() {
    SentTask<Void> sent = client.task(SILENT).queue(QUEUE).send().await().atMost(PATIENCE);
    client.close();
    assertThatThrownBy(() -> sent.await(PATIENCE))
        .isInstanceOf(ResultUnknownException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> client.task(SILENT).queue(QUEUE).runAndAwait(PATIENCE))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void one_result_is_waited_for_once() {
    client.task(SILENT).queue(QUEUE).id("twice").send().await().atMost(PATIENCE);
    assertThatThrownBy(
            () -> client.task(SILENT).queue(QUEUE).id("twice").send().await().atMost(PATIENCE))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("twice");
  }

  @Test
  void a_result_of_another_type_ends_its_own_wait_alone() {
    TaskType<Report> wrong = TaskType.of("demo.add", Report.class);
    assertThatThrownBy(() -> client.task(wrong).args(2, 3).queue(QUEUE).runAndAwait(PATIENCE))
        .isInstanceOf(ResultUnknownException.class)
        .hasMessageContaining("Report");
    assertThat(client.task(ADD).args(2, 3).queue(QUEUE).runAndAwait(PATIENCE).value()).isEqualTo(5);
  }

  @Test
  void no_more_results_are_waited_for_than_allowed() {
    try (TalloClient small =
        TalloClient.builder().address(address.toString()).maxAwaited(1).build()) {
      await().atMost(PATIENCE).until(small::connected);
      small.task(SILENT).queue(QUEUE).send().await().atMost(PATIENCE);
      assertThatThrownBy(() -> small.task(SILENT).queue(QUEUE).send().await().atMost(PATIENCE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("maxAwaited");
      small.task(SILENT).queue(QUEUE).toHistory().send().await().atMost(PATIENCE);
    }
  }

  @Test
  void results_that_come_while_the_connection_is_lost_are_not() {
    List<SentTask<Void>> sent = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      sent.add(client.task(SILENT).queue(QUEUE).send().await().atMost(PATIENCE));
    }
    await().atMost(PATIENCE).until(() -> worker.received().size() == 50);
    TestBroker.shared().closeAllConnections();
    worker.received().forEach(task -> worker.answer(task, State.SUCCESS, TestWorker.nothing()));
    for (SentTask<Void> task : sent) {
      assertThat(task.await(PATIENCE).succeeded()).isTrue();
    }
  }

  @Test
  void cut_connections_lose_no_task() throws Exception {
    try (FaultProxy proxy = new FaultProxy(TestBroker.shared().port());
        TalloClient cut =
            TalloClient.builder()
                .address(proxy.inFrontOf(address).toString())
                .sendWithin(PATIENCE)
                .build()) {
      await().atMost(PATIENCE).until(cut::connected);
      List<Uni<TaskResult<Integer>>> runs = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        runs.add(cut.task(ADD).args(i, 1).queue(QUEUE).run(PATIENCE).memoize().indefinitely());
        runs.getLast().subscribe().with(result -> {}, failure -> {});
        if (i % 100 == 50) {
          proxy.reset();
        }
      }
      List<TaskResult<Integer>> results =
          Uni.join().all(runs).andFailFast().await().atMost(PATIENCE.multipliedBy(2));
      assertThat(results).allMatch(TaskResult::succeeded);
    }
  }

  @Test
  void while_the_broker_is_away_sending_fails_in_time() {
    try (TalloClient lost =
        TalloClient.builder()
            .address("amqp://guest:guest@127.0.0.1:1/")
            .sendWithin(Duration.ofMillis(500))
            .build()) {
      assertThatThrownBy(() -> lost.task(ADD).args(1, 2).send().await().atMost(PATIENCE))
          .isInstanceOf(PublishException.BrokerUnavailable.class);
    }
  }
}
