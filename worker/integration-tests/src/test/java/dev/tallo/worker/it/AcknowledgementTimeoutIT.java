package dev.tallo.worker.it;

import static dev.tallo.worker.it.TaskClient.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.State;
import dev.tallo.testbroker.TestBroker;
import dev.tallo.testbroker.TestBrokerResource;
import dev.tallo.worker.execution.Worker;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(AcknowledgementTimeoutIT.ImpatientBroker.class)
@TestProfile(AcknowledgementTimeoutIT.Own.class)
class AcknowledgementTimeoutIT {
  public static class Own implements QuarkusTestProfile {}

  /** Takes a message back that was not acknowledged within five seconds. */
  public static class ImpatientBroker implements QuarkusTestResourceLifecycleManager {
    @Override
    public Map<String, String> start() {
      Metrics.addRegistry(METERS);
      environment("consumer_timeout", 5_000);
      environment("channel_tick_interval", 500);
      return Map.of(TestBrokerResource.ADDRESSES, TestBroker.shared().newVhost().toString());
    }

    @Override
    public void stop() {
      Metrics.removeRegistry(METERS);
      environment("consumer_timeout", 1_800_000);
      environment("channel_tick_interval", 60_000);
    }

    private static void environment(String key, int value) {
      TestBroker.shared().ctl("eval", "application:set_env(rabbit, %s, %d).".formatted(key, value));
    }
  }

  private static final MeterRegistry METERS = new SimpleMeterRegistry();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  String address;

  @Inject Worker worker;

  @Test
  void a_task_that_outlasts_it_runs_once_and_harms_no_other() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String gate = UUID.randomUUID().toString();
      String longOne = client.send(task("sample.gated", "[\"" + gate + "\"]").build());
      List<String> others = new ArrayList<>();
      // Each time the broker takes the message back it closes the channel, and hands it out again.
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(50))
          .until(
              () -> {
                others.add(client.send(task("sample.value", "[1, 1]").build()));
                return JoinedMessages.count() >= 2;
              });
      SampleTasks.GATES.computeIfAbsent(gate, name -> new CountDownLatch(1)).countDown();

      assertThat(client.outcome(longOne).result().result().asInt()).isEqualTo(1);
      for (String id : others) {
        assertThat(client.outcome(id).result().state()).isEqualTo(State.SUCCESS);
      }
      await().atMost(PATIENCE).until(() -> client.waiting() == 0 && worker.unsettled() == 0);
      assertThat(client.waitingIn(Topology.DEAD)).isZero();
      assertThat(SampleTasks.RUNS.get(gate)).hasValue(1);
      assertThat(client.outcomes(longOne)).hasSize(1);
    }
  }
}
