package dev.tallo.worker.it;

import static dev.tallo.worker.it.TaskClient.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.control.ControlCodec;
import dev.tallo.messaging.control.ControlCommand;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.Rate;
import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.messaging.protocol.State;
import dev.tallo.testbroker.TestBroker;
import dev.tallo.testbroker.TestBrokerResource;
import dev.tallo.worker.control.WorkerControl;
import dev.tallo.worker.execution.Worker;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(TestBrokerResource.class)
@TestProfile(ControlIT.Own.class)
class ControlIT {
  public static class Own implements QuarkusTestProfile {}

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  String address;

  @Inject Worker worker;

  @Inject WorkerControl control;

  @Test
  void interrupts_what_runs_when_it_is_to_be_terminated() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String id = client.send(task("stubborn.sleeps", "[60]").build());
      await().atMost(PATIENCE).until(() -> StubbornTasks.attempts(id) == 1);

      client.command(new ControlCommand.Revoke(id, true, Instant.now()));

      Outcome end = client.outcome(id);
      assertThat(end.result().state()).isEqualTo(State.REVOKED);
      assertThat(end.result().exception().orElseThrow().text()).isEqualTo("terminated");
      assertThat(StubbornTasks.CLEANED_UP).containsKey(id);
    }
  }

  @Test
  void interrupts_retries_that_began_before_the_outcome_of_the_attempt_before_was_confirmed()
      throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        ids.add(client.send(task("stubborn.fails-then-sleeps", "[]").build()));
      }
      for (String id : ids) {
        await().atMost(PATIENCE).until(() -> StubbornTasks.attempts(id) == 2);
        client.command(new ControlCommand.Revoke(id, true, Instant.now()));
      }

      for (String id : ids) {
        await().atMost(Duration.ofSeconds(60)).until(() -> isRevoked(client, id));
      }
    }
  }

  @Test
  void lets_what_runs_end_when_it_is_only_revoked() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String gate = UUID.randomUUID().toString();
      String id = client.send(task("sample.gated", "[\"" + gate + "\"]").build());
      await().atMost(PATIENCE).until(() -> SampleTasks.RUNS.containsKey(gate));

      revoke(client, id);
      SampleTasks.GATES.computeIfAbsent(gate, name -> new CountDownLatch(1)).countDown();

      assertThat(client.outcome(id).result().state()).isEqualTo(State.SUCCESS);
    }
  }

  @Test
  void does_not_retry_what_was_revoked() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String id =
          client.send(task("stubborn.until", "[100]").header(RetryOptions.BACK_OFF, 2.0).build());
      await().atMost(PATIENCE).until(() -> StubbornTasks.attempts(id) >= 1);

      revoke(client, id);

      await().atMost(PATIENCE).until(() -> isRevoked(client, id));
      assertThat(StubbornTasks.attempts(id)).isLessThanOrEqualTo(5);
    }
  }

  private static boolean isRevoked(TaskClient client, String id) {
    return client.outcomes(id).stream()
        .anyMatch(outcome -> outcome.result().state() == State.REVOKED);
  }

  private void revoke(TaskClient client, String id) throws Exception {
    client.command(new ControlCommand.Revoke(id, false, Instant.now()));
    await().atMost(PATIENCE).until(() -> control.state().revocation(id).isPresent());
  }

  @Test
  void takes_nothing_from_a_paused_queue_gives_back_what_waits_and_goes_on_when_resumed()
      throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String gate = UUID.randomUUID().toString();
      String running = client.send(task("sample.gated", "[\"" + gate + "\"]").build());
      await().atMost(PATIENCE).until(() -> SampleTasks.RUNS.containsKey(gate));

      client.command(new ControlCommand.PauseQueue("default", Instant.now()));
      await().atMost(PATIENCE).until(() -> worker.sources().getFirst().paused());
      awaitNoConsumer();
      List<String> waiting = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        waiting.add(client.send(task("sample.value", "[1, 1]").build()));
      }
      SampleTasks.GATES.computeIfAbsent(gate, name -> new CountDownLatch(1)).countDown();

      // What ran may end, and is acknowledged although nothing is taken any more.
      assertThat(client.outcome(running).result().state()).isEqualTo(State.SUCCESS);
      await().atMost(PATIENCE).until(() -> client.waiting() == 20);
      assertThat(waiting).allSatisfy(id -> assertThat(client.outcomes(id)).isEmpty());

      client.command(new ControlCommand.ResumeQueue("default", Instant.now()));
      for (String id : waiting) {
        assertThat(client.outcome(id).result().state()).isEqualTo(State.SUCCESS);
      }
    }
  }

  /** A quorum queue counts a cancelled consumer until it has settled what it holds. */
  private void awaitNoConsumer() {
    String vhost = URI.create(address).getPath().substring(1);
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                TestBroker.shared()
                    .ctl("list_consumers", "--vhost", vhost, "queue_name")
                    .lines()
                    .noneMatch("default"::equals));
  }

  @Test
  void obeys_a_limit_that_was_commanded_and_its_end() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      client.command(limit(OptionalInt.empty(), Optional.of(Rate.parse("1/h"))));
      await().atMost(PATIENCE).until(() -> control.state().limit("stubborn.commanded").isPresent());
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        ids.add(client.send(task("stubborn.commanded", "[]").build()));
      }
      // The first is let through; the others wait in the broker, and nobody waits behind them.
      await().atMost(PATIENCE).until(() -> worker.unsettled() == 0 && client.waiting() == 0);
      await()
          .atMost(PATIENCE)
          .until(() -> ids.stream().mapToInt(StubbornTasks::attempts).sum() == 1);
      assertThat(client.run(task("sample.value", "[1, 1]")).result().state())
          .isEqualTo(State.SUCCESS);

      client.command(limit(OptionalInt.empty(), Optional.empty()));
      await().atMost(PATIENCE).until(() -> control.state().limit("stubborn.commanded").isEmpty());

      String free = client.send(task("stubborn.commanded", "[]").build());
      assertThat(client.outcome(free).result().state()).isEqualTo(State.SUCCESS);
    }
  }

  private static ControlCommand limit(OptionalInt concurrency, Optional<Rate> rate) {
    return new ControlCommand.LimitTask("stubborn.commanded", concurrency, rate, Instant.now());
  }

  @Test
  void does_not_mind_records_that_are_no_commands() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      AmqpMessage revoke =
          ControlCodec.encode(new ControlCommand.Revoke("x", false, Instant.now()));
      client.publishTo(Topology.CONTROL, new AmqpMessage(revoke.properties(), new byte[] {1, 2}));
      String id = UUID.randomUUID().toString();

      revoke(client, id);

      assertThat(control.state().revocation(id)).isPresent();
    }
  }
}
