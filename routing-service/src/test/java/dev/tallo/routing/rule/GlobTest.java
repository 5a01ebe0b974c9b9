package dev.tallo.routing.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

class GlobTest {
  /** Answers of Python's own {@code fnmatch.fnmatchcase}. */
  @Test
  void matches_as_python_does() throws IOException {
    SoftAssertions softly = new SoftAssertions();
    List<String> truths = truths();
    assertThat(truths).hasSizeGreaterThan(1_000);
    for (String truth : truths) {
      String[] fields = truth.split("\t", -1);
      boolean expected = fields[2].equals("yes");
      softly
          .assertThat(Glob.of(unescape(fields[0])).matches(unescape(fields[1])))
          .as("'%s' matches '%s'", fields[0], fields[1])
          .isEqualTo(expected);
    }
    softly.assertAll();
  }

  @Test
  void a_pattern_of_many_stars_takes_no_time() {
    Glob hostile = Glob.of("*a".repeat(200) + "b");
    String name = "a".repeat(5_000);
    boolean matched =
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> hostile.matches(name));
    assertThat(matched).isFalse();
  }

  @Test
  void refuses_a_pattern_that_is_empty_or_too_long() {
    assertThatThrownBy(() -> Glob.of("")).hasMessageContaining("1 to 500 characters");
    assertThatThrownBy(() -> Glob.of("x".repeat(501))).hasMessageContaining("1 to 500 characters");
  }

  private static List<String> truths() throws IOException {
    try (InputStream in = GlobTest.class.getResourceAsStream("/fnmatch-truths.tsv")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("# "))
          .toList();
    }
  }

  private static String unescape(String text) {
    return text.replace("\\\\", "\u0000").replace("\\n", "\n").replace("\u0000", "\\");
  }
}
