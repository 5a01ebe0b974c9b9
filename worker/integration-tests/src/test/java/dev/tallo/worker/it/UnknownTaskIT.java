package dev.tallo.worker.it;

import static dev.tallo.worker.it.TaskClient.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.testbroker.TestBrokerResource;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(TestBrokerResource.class)
@TestProfile(UnknownTaskIT.Impatient.class)
class UnknownTaskIT {
  public static class Impatient implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          // Long enough for a task to be seen on its way.
          "tallo.worker.unknown-task.park-after", "PT15S",
          "tallo.worker.unknown-task.interval", "PT1S");
    }
  }

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final MeterRegistry METERS = new SimpleMeterRegistry();

  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  String address;

  @BeforeAll
  static void count() {
    Metrics.addRegistry(METERS);
  }

  @AfterAll
  static void countNoMore() {
    Metrics.removeRegistry(METERS);
  }

  /** How many messages of unknown tasks were sent round. */
  private static double sentRound() {
    return METERS.find("tallo.task.delayed").tag("reason", "unknown").counters().stream()
        .mapToDouble(Counter::count)
        .sum();
  }

  @Test
  void parks_a_task_that_stays_unknown() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String id = client.send(task("of.another.version", "[1]").build());

      Outcome outcome = client.outcome(id);
      AmqpMessage parked = client.take(Topology.DEAD);

      assertThat(outcome.result().state()).isEqualTo(State.FAILURE);
      assertThat(outcome.result().exception().orElseThrow().type()).isEqualTo("NotRegistered");
      assertThat(outcome.result().exception().orElseThrow().text()).isEqualTo("of.another.version");
      assertThat(parked.properties().getHeaders().get("x-tallo-reason"))
          .hasToString("unknown-task");
      assertThat(parked.properties().getHeaders().get("x-tallo-detail").toString())
          .contains("of.another.version", "sample.value");
      assertThat(TaskCodec.decode(parked).id()).isEqualTo(id);
    }
  }

  @Test
  void brings_an_unknown_task_round_until_a_worker_knows_it() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      TaskMessage sent = task("of.the.next.version", "[1]").replyTo("someone").build();
      double before = sentRound();
      client.send(sent);
      await().atMost(PATIENCE).until(() -> sentRound() > before);
      List<AmqpMessage> taken = client.takeBeforeTheWorker();

      await().atMost(PATIENCE).until(() -> !taken.isEmpty());

      TaskMessage come = TaskCodec.decode(taken.getFirst());
      assertThat(come.id()).isEqualTo(sent.id());
      assertThat(come.body()).isEqualTo(sent.body());
      assertThat(come.replyTo()).hasValue("someone");
      assertThat(come.headers().custom()).containsKeys("x-tallo-unknown-since", "x-tallo-round");
      assertThat(client.outcomes(sent.id())).isEmpty();
    }
  }
}
