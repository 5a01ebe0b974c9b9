package dev.tallo.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class OptionsTest {
  @Test
  void without_any_all_scenarios_are_made_in_short() {
    Options options = Options.parse(List.of());
    assertThat(options.minutes()).isEmpty();
    assertThat(options.scenarios())
        .extracting(Scenario::name)
        .containsExactlyElementsOf(Scenarios.all().stream().map(Scenario::name).toList())
        .doesNotHaveDuplicates();
  }

  @Test
  void some_scenarios_and_minutes_can_be_chosen() {
    Options options =
        Options.parse(List.of("--only", "disk-full", "--minutes", "30", "--only", "worker-killed"));
    assertThat(options.minutes()).contains(Duration.ofMinutes(30));
    assertThat(options.scenarios())
        .extracting(Scenario::name)
        .containsExactly("disk-full", "worker-killed");
  }

  @Test
  void what_is_wrong_is_named() {
    for (List<String> wrong :
        List.of(
            List.of("--only", "disk-empty"),
            List.of("--minutes", "0"),
            List.of("--minutes", "99999"),
            List.of("--fast", "1"),
            List.of("--minutes"))) {
      assertThatThrownBy(() -> Options.parse(wrong))
          .isInstanceOf(ChaosException.class)
          .hasMessageContaining(wrong.getLast().startsWith("--") ? "--minutes" : wrong.get(0));
    }
  }
}
