package dev.tallo.routing.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicPatternTest {
  @ParameterizedTest
  @CsvSource({
    "reports.sum, reports.sum, true",
    "reports.*, reports.sum, true",
    "reports.*, reports, false",
    "reports.*, reports.a.b, false",
    "reports.#, reports, true",
    "reports.#, reports.a.b, true",
    "reports.#, report.a, false",
    "#, anything.at.all, true",
    "*, one, true",
    "*, one.two, false",
    "#.urgent, urgent, true",
    "#.urgent, a.b.urgent, true",
    "#.urgent, a.urgent.b, false",
    "a.#.b.#.c, a.x.b.y.z.c, true",
    "a.#.b.#.c, a.x.y.c, false",
    "*.#, one, true"
  })
  void matches_as_the_broker_does(String pattern, String name, boolean expected) {
    assertThat(TopicPattern.of(pattern).matches(name)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a*", "a.#b", "**"})
  void a_wildcard_inside_a_word_is_refused(String pattern) {
    assertThatIllegalArgumentException().isThrownBy(() -> TopicPattern.of(pattern));
  }

  @Test
  void many_wildcards_take_no_time() {
    String name = "a.".repeat(99) + "b";
    assertThat(TopicPattern.of("#.a.".repeat(60) + "c").matches(name)).isFalse();
  }
}
