package dev.tallo.producer.submit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tallo.messaging.protocol.State;
import dev.tallo.producer.MetricsConfig;
import dev.tallo.producer.history.TaskLimits;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SubmitMetricsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private static MetricsConfig names(int most) {
    return new MetricsConfig() {
      @Override
      public int maxNames() {
        return most;
      }

      @Override
      public Duration queueInterval() {
        return Duration.ofSeconds(15);
      }
    };
  }

  private static TaskRequest request(String task) {
    return new TaskRequest(
        Optional.empty(),
        task,
        JsonNodeFactory.instance.arrayNode(),
        JsonNodeFactory.instance.objectNode(),
        Optional.empty(),
        4,
        Optional.empty(),
        Optional.empty(),
        Map.of(),
        TaskLimits.NONE,
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private double counted(String task, String outcome) {
    return registry.get("tallo.submitted").tags("task", task, "outcome", outcome).counter().count();
  }

  @Test
  void counts_by_task_and_by_what_became_of_it() {
    SubmitMetrics metrics = new SubmitMetrics(names(200), registry);
    metrics.count(
        List.of(request("a"), request("a"), request("b"), request("a")),
        List.of(
            new Submission.Accepted("1", "a", false),
            new Submission.Accepted("2", "a", true),
            new Submission.Duplicate("3", "b", State.PENDING),
            new Submission.Refused(SubmitException.Unavailable.unknown("4", "cut off"))));
    assertThat(counted("a", "accepted")).isEqualTo(1);
    assertThat(counted("a", "spooled")).isEqualTo(1);
    assertThat(counted("b", "repeated")).isEqualTo(1);
    assertThat(counted("a", "unknown")).isEqualTo(1);
  }

  @Test
  void names_from_outside_make_no_more_series_than_may_be() {
    SubmitMetrics metrics = new SubmitMetrics(names(2), registry);
    Submission refused = new Submission.Refused(SubmitException.Unavailable.notTaken("away"));
    for (int i = 0; i < 1_000; i++) {
      metrics.count(List.of(request("junk-" + i)), List.of(refused));
    }
    for (int i = 0; i < 1_000; i++) {
      metrics.count(
          List.of(request("task-" + i)), List.of(new Submission.Accepted("id", "task", false)));
    }
    assertThat(registry.getMeters()).hasSize(4);
    assertThat(counted("other", "refused")).isEqualTo(1_000);
    assertThat(counted("task-0", "accepted")).isEqualTo(1);
    assertThat(counted("task-1", "accepted")).isEqualTo(1);
    assertThat(counted("other", "accepted")).isEqualTo(998);
  }
}
