package dev.tallo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PerfTestTest {

  @Test
  void takes_the_mean_of_the_received_rates_after_the_warm_up() {
    String printed =
        """
        id: test-1, starting consumer #0
        id: test-1, time 4.005 s, sent: 10793 msg/s, confirmed: 10886 msg/s, nacked: 0 msg/s, received: 714 msg/s, min/median/75th/95th/99th consumer latency: 1/2/3/4/5 µs
        id: test-1, time 5.012 s, sent: 6378 msg/s, confirmed: 6351 msg/s, nacked: 0 msg/s, received: 6313 msg/s, min/median
        id: test-1, time 6.001 s, sent: 8992 msg/s, confirmed: 9785 msg/s, nacked: 0 msg/s, received: 10000 msg/s, min/median
        id: test-1, time 7.001 s, sent: 11298 msg/s, confirmed: 10321 msg/s, nacked: 0 msg/s, received: 12000 msg/s, min/median
        test stopped (Reached time limit)
        id: test-1, receiving rate avg: 8807 msg/s
        """;

    assertThat(PerfTest.received(printed)).hasValue(11_000);
  }

  @Test
  void has_no_rate_when_none_was_printed() {
    assertThat(PerfTest.received("Main thread caught exception")).isEmpty();
  }
}
