package dev.tallo.messaging.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LabelNamesTest {
  @Test
  void tells_the_first_names_apart_and_counts_all_others_together() {
    LabelNames names = new LabelNames(2);
    assertThat(names.of("a")).isEqualTo("a");
    assertThat(names.of("b")).isEqualTo("b");
    assertThat(names.of("c")).isEqualTo(LabelNames.OTHER);
    assertThat(names.of("a")).isEqualTo("a");
  }

  @Test
  void a_doubtful_name_takes_no_place() {
    LabelNames names = new LabelNames(1);
    assertThat(names.ofDoubtful("junk")).isEqualTo(LabelNames.OTHER);
    assertThat(names.of("a")).isEqualTo("a");
    assertThat(names.ofDoubtful("a")).isEqualTo("a");
  }

  @Test
  void keeps_its_bound_whoever_asks_at_once() {
    LabelNames names = new LabelNames(50);
    Set<String> told =
        IntStream.range(0, 20_000)
            .parallel()
            .mapToObj(i -> names.of("task-" + i))
            .collect(Collectors.toSet());
    assertThat(told).hasSize(51).contains(LabelNames.OTHER);
  }

  @Test
  void refuses_a_bound_that_bounds_nothing_and_names_the_property() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LabelNames(0))
        .withMessageContaining("tallo.metrics.max-names must be 1 to 10,000");
  }
}
