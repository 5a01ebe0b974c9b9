package dev.tallo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class StatisticsTest {

  @Test
  void the_median_is_the_middle_value_whatever_the_order() {
    assertThat(Statistics.median(List.of(9.0, 1.0, 5.0))).isEqualTo(5);
    assertThat(Statistics.median(List.of(1.0, 9.0, 5.0, 6.0))).isEqualTo(5.5);
  }

  @Test
  void a_percentile_is_a_value_that_was_measured() {
    long[] values = LongStream.rangeClosed(1, 200).map(i -> 201 - i).toArray();

    assertThat(Statistics.percentile(values, 0.5)).isEqualTo(100);
    assertThat(Statistics.percentile(values, 0.99)).isEqualTo(198);
    assertThat(Statistics.percentile(values, 1)).isEqualTo(200);
  }

  @Test
  void nothing_measured_has_no_median() {
    assertThatThrownBy(() -> Statistics.median(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
