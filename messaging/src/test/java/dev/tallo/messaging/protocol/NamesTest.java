package dev.tallo.messaging.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {

  @ParameterizedTest
  @ValueSource(strings = {"a", "demo.add", "proj.tasks:Add-2_x", "0", "..", "-"})
  void takes_letters_digits_and_a_few_signs(String name) {
    assertThat(Names.isTaskName(name)).isTrue();
    assertThat(Names.isQueueName(name)).isTrue();
    assertThat(Names.isTaskId(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "*", "a.#", "a b", "ä", "a/b", "a\n", "a\u0000", "１"})
  void takes_no_wildcards_spaces_or_other_letters(String name) {
    assertThat(Names.isTaskName(name)).isFalse();
    assertThat(Names.isQueueName(name)).isFalse();
    assertThat(Names.isTaskId(name)).isFalse();
  }

  @Test
  void bounds_the_length() {
    assertThat(Names.isTaskName("x".repeat(200))).isTrue();
    assertThat(Names.isTaskName("x".repeat(201))).isFalse();
    assertThat(Names.isQueueName("x".repeat(190))).isTrue();
    assertThat(Names.isQueueName("x".repeat(191))).isFalse();
    assertThat(Names.isTaskId("x".repeat(155))).isTrue();
    assertThat(Names.isTaskId("x".repeat(156))).isFalse();
  }
}
