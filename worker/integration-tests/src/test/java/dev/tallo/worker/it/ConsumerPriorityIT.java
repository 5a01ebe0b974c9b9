package dev.tallo.worker.it;

import static dev.tallo.worker.it.TaskClient.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.State;
import dev.tallo.testbroker.TestBroker;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(TestBrokerResource.class)
@TestProfile(ConsumerPriorityIT.Preferred.class)
class ConsumerPriorityIT {
  public static class Preferred implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "tallo.worker.consumer-priority", "10",
          "tallo.worker.concurrency", "2",
          "tallo.worker.prefetch", "2");
    }
  }

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  String address;

  @Test
  void is_served_before_consumers_of_lower_priority_while_it_has_room() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      // A worker's subscription begins with a prefetch of 1 and is then widened, which leaves a
      // gap.
      client.run(task("sample.value", "[1, 1]"));
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  TestBroker.shared()
                      .ctl(
                          "list_consumers",
                          "--vhost",
                          URI.create(address).getPath().substring(1),
                          "queue_name",
                          "prefetch_count")
                      .lines()
                      .anyMatch("default\t2"::equals));
      List<AmqpMessage> lower = client.takeAtPriority(9);
      for (int i = 0; i < 20; i++) {
        int before = lower.size();
        String id = client.send(task("sample.value", "[1, 1]").build());
        await()
            .atMost(PATIENCE)
            .until(() -> !client.outcomes(id).isEmpty() || lower.size() > before);
        assertThat(client.outcomes(id))
            .allSatisfy(outcome -> assertThat(outcome.result().state()).isEqualTo(State.SUCCESS));
      }
      // One may come into the gap when the worker changes its idle channel, every 30 s.
      assertThat(lower).hasSizeLessThanOrEqualTo(2);

      List<String> blocking = new ArrayList<>();
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                int there = lower.size();
                String id = client.send(task("sample.gated", "[\"priority\"]").build());
                int runs = blocking.size() + 1;
                await().atMost(PATIENCE).until(() -> running() == runs || lower.size() > there);
                if (running() == runs) {
                  blocking.add(id);
                }
                return running() == 2;
              });
      int strayed = lower.size();
      client.send(task("sample.value", "[1, 1]").build());
      await().atMost(PATIENCE).until(() -> lower.size() == strayed + 1);

      SampleTasks.GATES.computeIfAbsent("priority", name -> new CountDownLatch(1)).countDown();
      for (String id : blocking) {
        assertThat(client.outcome(id).result().state()).isEqualTo(State.SUCCESS);
      }
    }
  }

  private static int running() {
    return SampleTasks.RUNS.getOrDefault("priority", new AtomicInteger()).get();
  }
}
