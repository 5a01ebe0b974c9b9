package dev.tallo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SchedulesTest {

  @Test
  void a_percentile_is_taken_of_what_was_added_meanwhile() {
    var before = Schedules.buckets(metrics(100, 100, 100));
    assertThat(Schedules.percentile(before, Schedules.buckets(metrics(199, 200, 200)), 0.99))
        .isEqualTo(Duration.ofMillis(5));
    assertThat(Schedules.percentile(before, Schedules.buckets(metrics(198, 200, 200)), 0.99))
        .isEqualTo(Duration.ofMillis(250));
    assertThat(Schedules.percentile(before, Schedules.buckets(metrics(100, 101, 200)), 0.99))
        .isEqualTo(Duration.ofDays(1));
  }

  private static String metrics(int fast, int slow, int all) {
    return """
        # TYPE tallo_scheduler_lateness_seconds histogram
        tallo_scheduler_lateness_seconds_bucket{le="0.005"} %d
        tallo_scheduler_lateness_seconds_bucket{le="0.25"} %d
        tallo_scheduler_lateness_seconds_bucket{le="+Inf"} %d
        tallo_scheduler_lateness_seconds_count 7
        """
        .formatted(fast, slow, all);
  }

  @Test
  void a_scheduler_without_metrics_is_an_error() {
    assertThatThrownBy(() -> Schedules.buckets("jvm_threads 1"))
        .isInstanceOf(BenchmarkException.class);
  }

  @Test
  void a_scheduler_is_told_by_api_metrics_and_process() {
    assertThat(Schedules.Scheduler.parse("http://127.0.0.1:1,http://127.0.0.1:2,3"))
        .isEqualTo(
            new Schedules.Scheduler(
                URI.create("http://127.0.0.1:1"), URI.create("http://127.0.0.1:2"), 3));
  }
}
