package dev.tallo.worker.it;

import static dev.tallo.worker.it.TaskClient.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.State;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(TestBrokerResource.class)
@TestProfile(LimitIT.FewSlots.class)
class LimitIT {
  public static class FewSlots implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("tallo.worker.concurrency", "4", "tallo.worker.prefetch", "4");
    }
  }

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  String address;

  @Test
  void runs_no_more_attempts_at_once_than_a_task_allows_and_holds_no_other_task_back()
      throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      List<String> limited = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        limited.add(client.send(task("stubborn.two-at-once", "[300]").build()));
      }
      // There are more of them than the worker holds, and yet what comes behind them is run.
      Outcome behind = client.run(task("sample.value", "[1, 2]"));
      assertThat(behind.result().state()).isEqualTo(State.SUCCESS);

      for (String id : limited) {
        await().atMost(PATIENCE).until(() -> !client.outcomes(id).isEmpty());
        assertThat(client.outcome(id).result().state()).isEqualTo(State.SUCCESS);
      }
      assertThat(limited)
          .anySatisfy(
              id ->
                  assertThat(client.outcome(id).result().dateDone().orElseThrow())
                      .isAfter(behind.result().dateDone().orElseThrow()));
      assertThat(StubbornTasks.MOST_AT_ONCE.get()).isEqualTo(2);
    }
  }

  @Test
  void starts_a_task_no_faster_than_its_rate() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      List<String> rated = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        rated.add(client.send(task("stubborn.rated", "[]").build()));
      }
      for (String id : rated) {
        await().atMost(PATIENCE).until(() -> !client.outcomes(id).isEmpty());
      }

      List<Instant> starts =
          rated.stream()
              .flatMap(id -> Stream.of(StubbornTasks.ATTEMPTS.get(id).getFirst()))
              .sorted()
              .toList();
      // 5/s with a second's worth at once: 30 take at least (30 - 5) / 5 seconds.
      assertThat(Duration.between(starts.getFirst(), starts.getLast()))
          .isGreaterThanOrEqualTo(Duration.ofMillis(4_950));
      // Room for five more: a start is noted a moment after it was allowed.
      for (int i = 15; i < starts.size(); i++) {
        assertThat(Duration.between(starts.get(i - 15), starts.get(i)))
            .as("sixteen starts in a row")
            .isGreaterThanOrEqualTo(Duration.ofMillis(950));
      }
    }
  }
}
