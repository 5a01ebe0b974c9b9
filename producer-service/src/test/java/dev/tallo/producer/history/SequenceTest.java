package dev.tallo.producer.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class SequenceTest {
  private static final Instant TIME = Instant.parse("2026-01-31T12:00:00.123456Z");

  @Test
  void places_ascend_strictly_and_tell_their_time() {
    Sequence sequence = new Sequence();
    long first = sequence.next(TIME);
    assertThat(Sequence.timeOf(first)).isEqualTo(TIME);
    assertThat(first).isGreaterThanOrEqualTo(Sequence.first(TIME));
    assertThat(sequence.next(TIME)).isGreaterThan(first);
    assertThat(sequence.next(TIME.minusSeconds(5))).isGreaterThan(first);
    assertThat(sequence.next(TIME.plusNanos(1000)))
        .isGreaterThanOrEqualTo(Sequence.first(TIME.plusNanos(1000)));
  }
}
