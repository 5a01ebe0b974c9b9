package dev.tallo.worker.it;

import static dev.tallo.worker.it.TaskClient.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TimeLimits;
import dev.tallo.testbroker.TestBrokerResource;
import dev.tallo.worker.execution.TaskExecution;
import dev.tallo.worker.health.WorkerLiveness;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.eclipse.microprofile.health.Liveness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(TestBrokerResource.class)
@TestProfile(TimeLimitIT.FewAbandoned.class)
class TimeLimitIT {
  public static class FewAbandoned implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "tallo.worker.max-abandoned", "1",
          "tallo.worker.tasks.\"stubborn.promises\".soft-time-limit", "PT0.2S");
    }
  }

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final TimeLimits SOFT =
      new TimeLimits(Optional.empty(), Optional.of(Duration.ofMillis(200)));

  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  String address;

  @Inject TaskExecution execution;

  @Inject @Liveness WorkerLiveness liveness;

  @Test
  void interrupts_at_the_soft_limit_so_that_the_task_can_clean_up() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      Outcome end = client.run(task("stubborn.sleeps", "[60]").timeLimits(SOFT));

      assertThat(end.result().state()).isEqualTo(State.FAILURE);
      assertThat(end.result().exception().orElseThrow().type()).isEqualTo("SoftTimeLimitExceeded");
      assertThat(end.result().traceback().orElseThrow()).contains("StubbornTasks.sleeps");
      assertThat(StubbornTasks.CLEANED_UP).containsKey(end.result().taskId());
    }
  }

  @Test
  void takes_what_a_task_returns_after_its_soft_limit() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      Outcome end = client.run(task("stubborn.resigns", "[60]").timeLimits(SOFT));

      assertThat(end.result().state()).isEqualTo(State.SUCCESS);
      assertThat(end.result().result().asText()).isEqualTo("half of it");
    }
  }

  @Test
  void cancels_a_uni_at_its_soft_limit() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      Outcome end = client.run(task("stubborn.promises", "[60]"));

      assertThat(end.result().exception().orElseThrow().type()).isEqualTo("SoftTimeLimitExceeded");
      await()
          .atMost(PATIENCE)
          .until(() -> "cancelled".equals(StubbornTasks.CLEANED_UP.get(end.result().taskId())));
    }
  }

  @Test
  void retries_what_ran_into_its_soft_limit_as_any_failure() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String id =
          client.send(
              task("stubborn.sleeps", "[60]")
                  .timeLimits(SOFT)
                  .header(RetryOptions.MAX_RETRIES, 1)
                  .header(RetryOptions.BACK_OFF, 0.01)
                  .build());

      await().atMost(PATIENCE).until(() -> client.outcomes(id).size() == 2);
      assertThat(client.outcomesByAttempt(id))
          .extracting(outcome -> outcome.result().state())
          .containsExactly(State.RETRY, State.FAILURE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"stubborn.sleeps", "sample.value"})
  void does_nothing_to_a_task_that_ends_in_time(String name) throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      TimeLimits long_ =
          new TimeLimits(Optional.of(Duration.ofSeconds(50)), Optional.of(Duration.ofSeconds(40)));
      String args = name.equals("sample.value") ? "[1, 2]" : "[0.01]";

      assertThat(client.run(task(name, args).timeLimits(long_)).result().state())
          .isEqualTo(State.SUCCESS);
    }
  }

  @Test
  void gives_up_at_the_hard_limit_counts_what_goes_on_and_is_not_live_when_that_is_too_much()
      throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      Outcome first = client.run(task("stubborn.deaf", "[]").header(RetryOptions.MAX_RETRIES, 3));
      assertThat(first.result().state()).isEqualTo(State.FAILURE);
      assertThat(first.result().exception().orElseThrow().type()).isEqualTo("TimeLimitExceeded");
      assertThat(execution.abandoned()).isEqualTo(1);
      assertThat(liveness.call().getStatus()).isEqualTo(Status.UP);

      Outcome second = client.run(task("stubborn.deaf", "[]"));
      assertThat(second.result().exception().orElseThrow().type()).isEqualTo("TimeLimitExceeded");
      assertThat(execution.abandoned()).isEqualTo(2);
      assertThat(liveness.call().getStatus()).isEqualTo(Status.DOWN);

      // Others go on meanwhile; and when the abandoned ones end, nothing more comes of them.
      assertThat(client.run(task("sample.value", "[1, 1]")).result().state())
          .isEqualTo(State.SUCCESS);
      StubbornTasks.AWAKE.countDown();
      await().atMost(PATIENCE).until(() -> execution.abandoned() == 0);
      assertThat(liveness.call().getStatus()).isEqualTo(Status.UP);
      assertThat(client.outcomes(first.result().taskId())).hasSize(1);
    }
  }
}
