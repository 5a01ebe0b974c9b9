package dev.tallo.messaging.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallo.messaging.control.ControlCommand.LimitTask;
import dev.tallo.messaging.control.ControlCommand.PauseQueue;
import dev.tallo.messaging.control.ControlCommand.ResumeQueue;
import dev.tallo.messaging.control.ControlCommand.Revoke;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ControlStateTest {
  private static final Instant EARLIER = Instant.parse("2026-01-31T12:00:00Z");
  private static final Instant LATER = EARLIER.plusSeconds(1);

  private final ControlState state = new ControlState();

  @Test
  void holds_the_command_that_was_issued_last_in_whatever_order_they_are_read() {
    assertThat(state.apply(new ResumeQueue("q", LATER))).isTrue();
    assertThat(state.apply(new PauseQueue("q", EARLIER))).isFalse();

    assertThat(state.paused("q")).isFalse();
    assertThat(state.pausedQueues()).isEmpty();
  }

  @Test
  void keeps_what_is_written_again() {
    state.apply(new PauseQueue("q", EARLIER));
    state.apply(new PauseQueue("q", EARLIER));

    assertThat(state.pausedQueues()).containsEntry("q", EARLIER).hasSize(1);
  }

  @Test
  void goes_back_to_the_configuration_when_a_limit_is_taken_back() {
    state.apply(new LimitTask("t", OptionalInt.of(1), Optional.empty(), EARLIER));
    assertThat(state.limit("t")).isPresent();

    state.apply(new LimitTask("t", OptionalInt.empty(), Optional.empty(), LATER));

    assertThat(state.limit("t")).isEmpty();
    assertThat(state.limits()).containsKey("t");
  }

  @Test
  void forgets_the_revocations_that_were_read_first_when_there_are_too_many() {
    for (int i = 0; i <= ControlState.MAX_REVOKED; i++) {
      state.apply(new Revoke("id-" + i, false, EARLIER));
    }

    assertThat(state.revocation("id-0")).isEmpty();
    assertThat(state.revocation("id-1")).isPresent();
    assertThat(state.revocation("id-" + ControlState.MAX_REVOKED)).isPresent();
  }
}
