package dev.tallo.scheduler.timing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class IntervalTimingTest {
  @Test
  void is_due_at_multiples_of_the_period_whenever_one_asks() {
    IntervalTiming quarterly = new IntervalTiming(Duration.ofMinutes(15), Instant.EPOCH);
    assertThat(quarterly.next(Instant.parse("2026-11-22T10:07:31.5Z")))
        .contains(Instant.parse("2026-11-22T10:15:00Z"));
    assertThat(quarterly.next(Instant.parse("2026-11-22T10:14:59.999Z")))
        .contains(Instant.parse("2026-11-22T10:15:00Z"));
  }

  @Test
  void the_next_time_is_later_than_the_given_one() {
    IntervalTiming daily = new IntervalTiming(Duration.ofDays(1), Instant.EPOCH);
    assertThat(daily.next(Instant.parse("2026-11-22T00:00:00Z")))
        .contains(Instant.parse("2026-11-23T00:00:00Z"));
  }

  @Test
  void counts_on_before_1970() {
    assertThat(
            new IntervalTiming(Duration.ofHours(1), Instant.EPOCH).next(Instant.ofEpochSecond(-1)))
        .contains(Instant.EPOCH);
  }

  @Test
  void refuses_what_is_not_whole_seconds() {
    assertThatThrownBy(() -> new IntervalTiming(Duration.ofMillis(1_500), Instant.EPOCH))
        .hasMessageContaining("whole seconds, 1 to");
    assertThatThrownBy(() -> new IntervalTiming(Duration.ZERO, Instant.EPOCH))
        .hasMessageContaining("whole seconds, 1 to");
    assertThatThrownBy(() -> new IntervalTiming(Duration.ofSeconds(-5), Instant.EPOCH))
        .hasMessageContaining("whole seconds, 1 to");
  }

  @Test
  void is_counted_from_its_anchor_in_both_directions() {
    Instant anchor = Instant.parse("2026-11-22T10:00:05Z");
    IntervalTiming minutely = new IntervalTiming(Duration.ofMinutes(1), anchor);
    assertThat(minutely.next(anchor)).contains(anchor.plusSeconds(60));
    assertThat(minutely.next(anchor.minusSeconds(61))).contains(anchor.minusSeconds(60));
    assertThat(minutely.last(anchor)).contains(anchor.minusSeconds(60));
    assertThat(minutely.last(anchor.plusNanos(1))).contains(anchor);
    assertThat(minutely.last(anchor.plusSeconds(61))).contains(anchor.plusSeconds(60));
  }
}
