package dev.tallo.messaging.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class RetryOptionsTest {
  private static final RetryOptions ALL =
      new RetryOptions(
          OptionalInt.of(5),
          Optional.of(Duration.ofMillis(250)),
          Optional.of(Duration.ofMinutes(2)),
          List.of("java.io.IOException"),
          List.of("FileNotFoundException"));

  @Test
  void travel_through_a_task_message() throws UndecodableMessageException {
    TaskMessage.Builder task = TaskMessage.builder("id-1", "t");
    ALL.headers().forEach(task::header);

    TaskMessage read = TaskCodec.decode(TaskCodec.encode(task.build()));

    assertThat(RetryOptions.of(read.headers().custom())).isEqualTo(ALL);
  }

  @Test
  void ask_for_nothing_without_their_headers() {
    assertThat(RetryOptions.of(Map.of("x-tenant", "acme"))).isEqualTo(RetryOptions.NONE);
    assertThat(RetryOptions.NONE.headers()).isEmpty();
  }

  @Test
  void leave_out_what_is_out_of_bounds_or_of_the_wrong_type() {
    RetryOptions read =
        RetryOptions.of(
            Map.of(
                RetryOptions.MAX_RETRIES,
                -1,
                RetryOptions.BACK_OFF,
                Double.NaN,
                RetryOptions.MAX_BACK_OFF,
                "long",
                RetryOptions.RETRY_ON,
                List.of("A", 7),
                RetryOptions.GIVE_UP_ON,
                "B"));

    assertThat(read)
        .isEqualTo(
            new RetryOptions(
                OptionalInt.empty(), Optional.empty(), Optional.empty(), List.of("A"), List.of()));
  }

  @Test
  void drop_a_longest_pause_that_contradicts_the_first() {
    RetryOptions read =
        RetryOptions.of(Map.of(RetryOptions.BACK_OFF, 10, RetryOptions.MAX_BACK_OFF, 5));

    assertThat(read.backOff()).contains(Duration.ofSeconds(10));
    assertThat(read.maxBackOff()).isEmpty();
  }

  @Test
  void refuse_to_be_made_of_what_contradicts_itself() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new RetryOptions(
                    OptionalInt.empty(),
                    Optional.of(Duration.ofSeconds(10)),
                    Optional.of(Duration.ofSeconds(5)),
                    List.of(),
                    List.of()))
        .withMessageContaining("retry_backoff_max");
  }
}
