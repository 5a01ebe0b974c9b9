package dev.tallo.producer.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class SequenceTest {
  private static final Instant TIME = Instant.parse("2026-01-31T12:00:00.123456Z");

  @Test
  void no_time_is_too_far_away() {
    assertThat(Sequence.instant(Sequence.micros(Instant.MAX)))
        .isEqualTo(Instant.parse("9999-12-31T23:59:59Z"));
    assertThat(Sequence.instant(Sequence.micros(Instant.MIN)))
        .isEqualTo(Instant.parse("0001-01-01T00:00:00Z"));
    assertThat(Sequence.first(Instant.MAX)).isGreaterThan(Sequence.first(TIME));
    assertThat(Sequence.first(Instant.parse("2300-01-01T00:00:00Z")))
        .isGreaterThan(Sequence.first(TIME));
    assertThat(Sequence.first(Instant.MIN)).isLessThan(Sequence.first(Instant.EPOCH));
  }

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
