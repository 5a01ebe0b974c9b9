package dev.tallo.routing.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinearRegexTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "((a{100}){100}){100}",
        "(((a{999}){999}){999}){999}",
        "a{1001}",
        "(a{500}b{501}){2}",
        "[)]{40}(x{30}){40}",
        "\\Q((\\E(a{100}){100}",
        "(?:(?:(?:x{2}){50}){2}){50}",
        "(",
        "(?=a)",
        "(a)\\1",
        ""
      })
  void what_is_too_large_or_none_is_refused(String pattern) {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () ->
            assertThatIllegalArgumentException()
                .isThrownBy(() -> LinearRegex.of(pattern))
                .withMessageStartingWith("must "));
  }

  @Test
  void a_pattern_is_found_anywhere_unless_it_is_tied() {
    assertThat(LinearRegex.of("b+").foundIn("abbc")).isTrue();
    assertThat(LinearRegex.of("^b+$").foundIn("abbc")).isFalse();
    assertThat(LinearRegex.of("\\d{3}-\\d{4}").foundIn("call 555-1234")).isTrue();
    assertThat(LinearRegex.of("[a-f0-9]{8}(-[a-f0-9]{4}){3}").foundIn("x")).isFalse();
  }

  @Test
  void what_explodes_elsewhere_is_fast() {
    LinearRegex exploding = LinearRegex.of("^(a+)+$");
    String text = "a".repeat(LinearRegex.MAX_TEXT - 1) + "b";
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(10), () -> assertThat(exploding.foundIn(text)).isFalse());
  }

  @Test
  void a_text_beyond_the_bound_is_not_looked_at() {
    assertThat(LinearRegex.of("a").foundIn("a".repeat(LinearRegex.MAX_TEXT))).isTrue();
    assertThat(LinearRegex.of("a").foundIn("a".repeat(LinearRegex.MAX_TEXT + 1))).isFalse();
  }
}
