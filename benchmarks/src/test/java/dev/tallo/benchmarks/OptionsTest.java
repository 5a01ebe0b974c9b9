package dev.tallo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tallo.benchmarks.Options.Measurement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class OptionsTest {

  @Test
  void takes_several_services_and_one_measurement() {
    Options options =
        Options.parse(
            List.of(
                "--service",
                "worker:12:900",
                "--only",
                "latency",
                "--service",
                "producer:13:1100"));

    assertThat(options.services())
        .containsExactly(
            new Service("worker", 12, Duration.ofMillis(900)),
            new Service("producer", 13, Duration.ofMillis(1100)));
    assertThat(options.wants(Measurement.LATENCY)).isTrue();
    assertThat(options.wants(Measurement.MEMORY)).isFalse();
    assertThat(options.rounds()).isEqualTo(5);
  }

  @Test
  void a_quick_run_has_one_round_unless_told() {
    assertThat(Options.parse(List.of("--quick")).rounds()).isEqualTo(1);
    assertThat(Options.parse(List.of("--quick", "--rounds", "3")).rounds()).isEqualTo(3);
  }

  @Test
  void names_what_it_does_not_take() {
    assertThatThrownBy(() -> Options.parse(List.of("--only", "speed")))
        .hasMessageContaining("throughput, submits, latency, history, delays, schedules or memory")
        .hasMessageContaining("speed");
    assertThatThrownBy(() -> Options.parse(List.of("--rounds", "0"))).hasMessageContaining("not 0");
    assertThatThrownBy(() -> Options.parse(List.of("--fast", "yes")))
        .hasMessageContaining("--fast");
    assertThatThrownBy(() -> Options.parse(List.of("--api"))).hasMessageContaining("--api");
  }
}
