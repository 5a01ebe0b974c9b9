package dev.tallo.scheduler.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class IntervalScheduleTest {
  @Test
  void is_due_at_multiples_of_the_period_whenever_one_asks() {
    IntervalSchedule quarterly = new IntervalSchedule(Duration.ofMinutes(15));
    assertThat(quarterly.next(Instant.parse("2026-11-22T10:07:31.5Z")))
        .contains(Instant.parse("2026-11-22T10:15:00Z"));
    assertThat(quarterly.next(Instant.parse("2026-11-22T10:14:59.999Z")))
        .contains(Instant.parse("2026-11-22T10:15:00Z"));
  }

  @Test
  void the_next_time_is_later_than_the_given_one() {
    IntervalSchedule daily = new IntervalSchedule(Duration.ofDays(1));
    assertThat(daily.next(Instant.parse("2026-11-22T00:00:00Z")))
        .contains(Instant.parse("2026-11-23T00:00:00Z"));
  }

  @Test
  void counts_on_before_1970() {
    assertThat(new IntervalSchedule(Duration.ofHours(1)).next(Instant.ofEpochSecond(-1)))
        .contains(Instant.EPOCH);
  }

  @Test
  void refuses_what_is_not_whole_seconds() {
    assertThatThrownBy(() -> new IntervalSchedule(Duration.ofMillis(1_500)))
        .hasMessageContaining("whole seconds, 1 s or more");
    assertThatThrownBy(() -> new IntervalSchedule(Duration.ZERO))
        .hasMessageContaining("whole seconds, 1 s or more");
    assertThatThrownBy(() -> new IntervalSchedule(Duration.ofSeconds(-5)))
        .hasMessageContaining("whole seconds, 1 s or more");
  }
}
