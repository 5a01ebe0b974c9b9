package dev.tallo.worker.rule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.worker.InvalidArguments;
import dev.tallo.worker.RetryAfter;
import dev.tallo.worker.SoftTimeLimitExceeded;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
  private static final RetryPolicy DEFAULT =
      new RetryPolicy(
          3, Duration.ofSeconds(1), Duration.ofMinutes(10), RetryPolicy.EVERY_EXCEPTION, List.of());
  private static final Exception FAILURE = new IOException("no");

  /** The random number that makes the pause as long as it can be, nearly. */
  private static final RandomGenerator LONGEST =
      new Random() {
        private static final long serialVersionUID = 1L;

        @Override
        public double nextDouble() {
          return 1;
        }
      };

  private static final RandomGenerator RANDOM = new Random(1);

  @Test
  void doubles_the_longest_pause_up_to_the_cap() {
    RetryPolicy many =
        new RetryPolicy(
            40,
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            RetryPolicy.EVERY_EXCEPTION,
            List.of());
    assertThat(
            IntStream.of(0, 1, 2, 5, 6, 39)
                .mapToObj(
                    retries -> many.pause(FAILURE, retries, LONGEST).orElseThrow().toSeconds()))
        .containsExactly(1L, 2L, 4L, 32L, 60L, 60L);
  }

  @Test
  void draws_the_pause_evenly_from_all_up_to_the_longest() {
    double[] pauses =
        IntStream.range(0, 10_000)
            .mapToDouble(i -> DEFAULT.pause(FAILURE, 2, RANDOM).orElseThrow().toNanos() / 4e9)
            .toArray();
    assertThat(Arrays.stream(pauses)).allMatch(pause -> pause >= 0 && pause <= 1);
    assertThat(Arrays.stream(pauses).average().orElseThrow()).isBetween(0.48, 0.52);
    assertThat(Arrays.stream(pauses).filter(pause -> pause < 0.1).count()).isBetween(850L, 1_150L);
  }

  @Test
  void ends_after_so_many_retries() {
    assertThat(DEFAULT.pause(FAILURE, 2, RANDOM)).isPresent();
    assertThat(DEFAULT.pause(FAILURE, 3, RANDOM)).isEmpty();
  }

  @Test
  void retries_exceptions_but_no_errors_and_nothing_that_would_only_fail_again() {
    assertThat(DEFAULT.pause(new AssertionError(), 0, RANDOM)).isEmpty();
    assertThat(DEFAULT.pause(new InvalidArguments("wrong"), 0, RANDOM)).isEmpty();
    assertThat(
            DEFAULT.pause(new SoftTimeLimitExceeded("late", new InterruptedException()), 0, RANDOM))
        .isPresent();
  }

  @Test
  void takes_names_of_exceptions_simple_or_qualified_and_those_that_extend_them() {
    RetryPolicy choosy =
        new RetryPolicy(
            3,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            List.of("IOException"),
            List.of("java.io.FileNotFoundException"));
    assertThat(choosy.pause(new IOException(), 0, RANDOM)).isPresent();
    assertThat(choosy.pause(new java.io.EOFException(), 0, RANDOM)).isPresent();
    assertThat(choosy.pause(new FileNotFoundException(), 0, RANDOM)).isEmpty();
    assertThat(choosy.pause(new IllegalStateException(), 0, RANDOM)).isEmpty();
  }

  @Test
  void obeys_a_task_that_asks_for_a_time_while_there_are_retries_left() {
    RetryAfter asked = new RetryAfter(Duration.ofMinutes(7));
    assertThat(DEFAULT.pause(asked, 2, RANDOM)).contains(Duration.ofMinutes(7));
    assertThat(DEFAULT.pause(asked, 3, RANDOM)).isEmpty();
  }

  @Test
  void lets_the_sender_replace_what_it_mentions() {
    RetryPolicy asked =
        DEFAULT.with(
            new RetryOptions(
                OptionalInt.of(9),
                Optional.of(Duration.ofHours(1)),
                Optional.empty(),
                List.of(),
                List.of("IOException")));
    assertThat(asked)
        .isEqualTo(
            new RetryPolicy(
                9,
                Duration.ofHours(1),
                Duration.ofHours(1),
                RetryPolicy.EVERY_EXCEPTION,
                List.of("IOException")));
  }
}
