package dev.tallo.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProgressTest {
  @Test
  void cuts_a_note_that_is_too_long_but_no_character_in_two() {
    assertThat(noteOf("x".repeat(500))).hasSize(500);
    assertThat(noteOf("x".repeat(501))).hasSize(500);
    assertThat(noteOf("x".repeat(499) + "🌱")).isEqualTo("x".repeat(499));
  }

  private static String noteOf(String note) {
    return new Progress(0, 1, Optional.of(note)).note().orElseThrow();
  }
}
