package dev.tallo.worker.it;

import static dev.tallo.worker.it.TaskClient.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.testbroker.FaultProxy;
import dev.tallo.worker.execution.Worker;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(ProxiedBrokerResource.class)
@TestProfile(LostConnectionIT.Own.class)
class LostConnectionIT {
  /** Has the application start anew for this class. */
  public static class Own implements QuarkusTestProfile {}

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final MeterRegistry METERS = new SimpleMeterRegistry();

  @ConfigProperty(name = ProxiedBrokerResource.DIRECT)
  String address;

  @ProxiedBrokerResource.Proxy FaultProxy proxy;

  @Inject Worker worker;

  @BeforeAll
  static void count() {
    Metrics.addRegistry(METERS);
  }

  @AfterAll
  static void countNoMore() {
    Metrics.removeRegistry(METERS);
  }

  @Test
  void runs_a_task_once_when_the_connection_is_lost_while_it_runs() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String gate = gate();
      String id = client.send(task("sample.gated", "[\"" + gate + "\"]").build());
      awaitRuns(gate, 1);

      double joinedBefore = JoinedMessages.count();
      proxy.reset();
      awaitReconnected();
      await().atMost(PATIENCE).until(() -> JoinedMessages.count() > joinedBefore);
      open(gate);

      assertThat(client.outcome(id).result().result().asInt()).isEqualTo(1);
      awaitAllSettled(client);
      assertThat(client.outcomes(id)).hasSize(1);
      assertThat(runs(gate)).isEqualTo(1);
    }
  }

  @Test
  void a_copy_that_was_sent_round_does_not_join_the_attempt_before_it() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String gate = gate();
      TaskMessage sent = task("sample.gated", "[\"" + gate + "\"]").build();
      client.send(sent);
      awaitRuns(gate, 1);

      // As when the copy is back before the confirm that lets go of what it is a copy of.
      AmqpMessage message = TaskCodec.encode(sent);
      Map<String, Object> headers = new HashMap<>(message.properties().getHeaders());
      headers.put("x-tallo-round", 1);
      client.publish(
          new AmqpMessage(message.properties().builder().headers(headers).build(), message.body()));

      awaitRuns(gate, 2);
      open(gate);
      await().atMost(PATIENCE).until(() -> client.outcomes(sent.id()).size() == 2);
      awaitAllSettled(client);
    }
  }

  @Test
  void publishes_the_outcome_when_the_broker_is_back() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String gate = gate();
      String id = client.send(task("sample.gated", "[\"" + gate + "\"]").build());
      awaitRuns(gate, 1);

      proxy.refuse();
      proxy.reset();
      await()
          .atMost(PATIENCE)
          .until(() -> worker.sources().stream().noneMatch(Worker.Source::live));
      open(gate);
      proxy.pass();

      assertThat(client.outcome(id).result().result().asInt()).isEqualTo(1);
      awaitReconnected();
      awaitAllSettled(client);
    }
  }

  @Test
  void acknowledges_nothing_whose_outcome_is_not_confirmed() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String gate = gate();
      String id = client.send(task("sample.gated", "[\"" + gate + "\"]").build());
      awaitRuns(gate, 1);

      proxy.swallow(FaultProxy.Direction.TO_CLIENT);
      open(gate);
      Outcome first = client.outcome(id);
      assertThat(first.result().result().asInt()).isEqualTo(1);
      proxy.reset();
      proxy.pass();

      // The confirm was lost: the broker hands the task out again, which shows that it was not
      // acknowledged, and gets the outcome a second time.
      await().atMost(PATIENCE).until(() -> client.outcomes(id).size() >= 2);
      awaitReconnected();
      awaitAllSettled(client);
    }
  }

  @Test
  void loses_nothing_while_connections_break_under_load() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < 3_000; i++) {
        ids.add(client.send(task("sample.value", "[" + i + ", 0]").build()));
        if (i % 600 == 300) {
          proxy.reset();
        }
      }

      for (int i = 0; i < ids.size(); i++) {
        assertThat(client.outcome(ids.get(i)).result().result().asInt()).isEqualTo(i);
      }
      awaitAllSettled(client);
    }
  }

  private static String gate() {
    return UUID.randomUUID().toString();
  }

  private static void open(String gate) {
    SampleTasks.GATES.computeIfAbsent(gate, name -> new CountDownLatch(1)).countDown();
  }

  private static int runs(String gate) {
    return SampleTasks.RUNS.getOrDefault(gate, new AtomicInteger()).get();
  }

  private static void awaitRuns(String gate, int count) {
    await().atMost(PATIENCE).until(() -> runs(gate) == count);
  }

  private void awaitReconnected() {
    await().atMost(PATIENCE).until(() -> worker.sources().stream().allMatch(Worker.Source::live));
  }

  /** Nothing waits and nothing is held: a consumer with precedence gets nothing more. */
  private void awaitAllSettled(TaskClient client) {
    await().atMost(PATIENCE).until(() -> client.waiting() == 0 && worker.unsettled() == 0);
  }
}
