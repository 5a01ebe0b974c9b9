package dev.tallo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {

  @Test
  void says_what_was_measured_and_whether_the_targets_are_met() {
    Throughput throughput = new Throughput();
    throughput.add(TalloBatches.NAME, 12_000);
    throughput.add(Celery.Results.GATHERED.label(), 1_000);
    throughput.add(PerfTest.NAME, 30_000);
    Report report = new Report();
    report.throughput(throughput);
    report.latency(new Latency.Measured(Duration.ofMillis(4), Duration.ofMillis(51)));
    report.services(
        List.of(new Service("worker", 1, Duration.ofMillis(1234))), List.of(150L), List.of(260L));
    report.schedules(
        new Schedules.Measured(100_000, 499.6, Duration.ofMillis(268), Duration.ofNanos(612_000)));

    assertThat(report.markdown())
        .contains("| Tallo | 12,000 | 12,000 |")
        .contains("ratios) | 12.00 | ≥ 8, aim 13 | yes |")
        .contains("ratios) | 0.40 | ≥ 0.5, aim 0.65 | **no** |")
        .contains("| Submit to result when idle, p99 | 51.0 ms | < 50 ms | **no** |")
        .contains("| 100,000 | 500 | 0.6 ms |")
        .contains("of 100,000 schedules, p99, at most | 268.0 ms | < 250 ms | **no** |")
        .contains("| worker | 150 | 260 | 1.23 s |")
        .doesNotContain(Celery.Results.IGNORED.label());
  }

  @Test
  void replaces_the_last_report_in_the_document_and_nothing_else() {
    String document = "# Title\n" + Report.BEGIN + "\nold\n" + Report.END + "\nafter\n";

    String replaced = Report.replace(Report.replace(document, "first"), "second\n");

    assertThat(replaced)
        .isEqualTo("# Title\n" + Report.BEGIN + "\n\nsecond\n\n" + Report.END + "\nafter\n");
  }

  @Test
  void refuses_a_document_without_the_marks() {
    assertThatThrownBy(() -> Report.replace("# Title", "report"))
        .isInstanceOf(BenchmarkException.class)
        .hasMessageContaining(Report.BEGIN);
  }
}
