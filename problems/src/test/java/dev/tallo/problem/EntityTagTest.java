package dev.tallo.problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EntityTagTest {
  @ParameterizedTest
  @ValueSource(strings = {"\"7\"", "*", "\"5\", \"7\""})
  void a_change_for_this_version_is_let_through(String ifMatch) {
    assertThatNoException().isThrownBy(() -> EntityTag.require(Optional.of(ifMatch), 7));
  }

  @Test
  void so_is_one_that_asks_for_none() {
    assertThatNoException().isThrownBy(() -> EntityTag.require(Optional.empty(), 7));
  }

  /** A weak tag says too little for a change. */
  @ParameterizedTest
  @ValueSource(strings = {"\"6\"", "W/\"7\"", "7", ""})
  void a_change_for_another_version_is_refused_with_412(String ifMatch) {
    ProblemException e =
        catchThrowableOfType(
            ProblemException.class, () -> EntityTag.require(Optional.of(ifMatch), 7));
    assertThat(e.problem().status()).isEqualTo(412);
    assertThat(e.problem().detail()).contains("\"7\"");
  }
}
