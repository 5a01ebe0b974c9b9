package dev.tallo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CpuTimesTest {

  @Test
  void accounts_what_a_process_took_to_each_task() {
    CpuTimes times = new CpuTimes(Map.of());

    times.begin();
    Duration taken = compute(Duration.ofMillis(300));
    times.end(1000);

    // The system counts in hundredths of a second.
    assertThat(times.medians().get("load generator"))
        .isBetween(taken.toNanos() / 1e6 * 0.8, taken.toNanos() / 1e6 * 1.2 + 100);
  }

  @Test
  void names_a_process_that_is_not_there() {
    assertThatThrownBy(() -> new CpuTimes(Map.of("worker", Long.MAX_VALUE)))
        .hasMessageContaining("worker");
  }

  /** Keeps a processor busy until this process has been accounted that much. */
  private static Duration compute(Duration wanted) {
    Duration before = taken();
    while (taken().minus(before).compareTo(wanted) < 0) {
      Thread.onSpinWait();
    }
    return taken().minus(before);
  }

  private static Duration taken() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow();
  }
}
