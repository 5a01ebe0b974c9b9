package dev.tallo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ThroughputTest {

  @Test
  void compares_within_each_round_before_it_takes_the_median() {
    Throughput throughput = new Throughput();
    // The machine was ten times slower in the second round, for both.
    add(throughput, 1000, 100);
    add(throughput, 100, 10);
    add(throughput, 900, 300);

    assertThat(throughput.ratio("a", "b")).contains(10.0);
  }

  @Test
  void has_no_ratio_to_what_was_not_measured() {
    Throughput throughput = new Throughput();
    throughput.add("a", 1);

    assertThat(throughput.ratio("a", "b")).isEmpty();
  }

  private static void add(Throughput throughput, double a, double b) {
    throughput.add("a", a);
    throughput.add("b", b);
  }
}
