package dev.tallo.scheduler.timing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CronTimingTest {
  /** 2026-11-22 is a Sunday. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          */15 * * * *        | 2026-11-22T10:07:31Z | 2026-11-22T10:15:00Z
          0 3 * * *           | 2026-11-22T03:00:00Z | 2026-11-23T03:00:00Z
          30 8 * * 1-5        | 2026-11-22T10:00:00Z | 2026-11-23T08:30:00Z
          0 0 * * 0           | 2026-11-22T10:00:00Z | 2026-11-29T00:00:00Z
          0 0 * * 7           | 2026-11-22T10:00:00Z | 2026-11-29T00:00:00Z
          0 0 * * SUN         | 2026-11-22T10:00:00Z | 2026-11-29T00:00:00Z
          0 0 * JAN *         | 2026-11-22T10:00:00Z | 2027-01-01T00:00:00Z
          0 0 29 2 *          | 2026-11-22T10:00:00Z | 2028-02-29T00:00:00Z
          0 9-17/4 * * *      | 2026-11-22T10:00:00Z | 2026-11-22T13:00:00Z
          0,30 1,2 * * *      | 2026-11-22T01:10:00Z | 2026-11-22T01:30:00Z
          */10 * * * * *      | 2026-11-22T10:07:31Z | 2026-11-22T10:07:40Z
          30 0 12 * * *       | 2026-11-22T10:07:31Z | 2026-11-22T12:00:30Z
          @hourly             | 2026-11-22T10:07:31Z | 2026-11-22T11:00:00Z
          @daily              | 2026-11-22T10:07:31Z | 2026-11-23T00:00:00Z
          @weekly             | 2026-11-22T10:07:31Z | 2026-11-29T00:00:00Z
          @monthly            | 2026-11-22T10:07:31Z | 2026-12-01T00:00:00Z
          @yearly             | 2026-11-22T10:07:31Z | 2027-01-01T00:00:00Z
          """)
  void is_due_next(String expression, Instant after, Instant next) {
    assertThat(CronTiming.of(expression, ZoneOffset.UTC).next(after)).contains(next);
  }

  /** As crontab(5) has it: the 13th, and every Friday. */
  @Test
  void of_day_of_month_and_day_of_week_one_is_enough() {
    CronTiming schedule = CronTiming.of("0 0 13 * 5", ZoneOffset.UTC);
    List<String> days = new ArrayList<>();
    Instant at = Instant.parse("2026-11-01T00:00:00Z");
    for (int i = 0; i < 6; i++) {
      at = schedule.next(at).orElseThrow();
      days.add(at.toString().substring(5, 10));
    }
    assertThat(days).containsExactly("11-06", "11-13", "11-20", "11-27", "12-04", "12-11");
    assertThat(
            CronTiming.of("0 0 14 * 5", ZoneOffset.UTC).next(Instant.parse("2026-11-13T00:00:00Z")))
        .contains(Instant.parse("2026-11-14T00:00:00Z"));
  }

  @Test
  void is_meant_in_its_zone() {
    CronTiming berlin = CronTiming.of("0 8 * * *", ZoneId.of("Europe/Berlin"));
    assertThat(berlin.next(Instant.parse("2026-11-22T00:00:00Z")))
        .contains(Instant.parse("2026-11-22T07:00:00Z"));
    assertThat(berlin.next(Instant.parse("2026-07-22T00:00:00Z")))
        .contains(Instant.parse("2026-07-22T06:00:00Z"));
  }

  /**
   * In Berlin clocks go from 02:00 to 03:00 on 2026-03-29, at 01:00 UTC, and from 03:00 back to
   * 02:00 on 2026-10-25, at 01:00 UTC.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          30 2 * * *      | 2026-03-28T12:00:00Z | 03-29T01:00 03-30T00:30 03-31T00:30
          0,30 2 * * *    | 2026-03-28T12:00:00Z | 03-29T01:00 03-30T00:00 03-30T00:30
          15 2,3 * * *    | 2026-03-28T12:00:00Z | 03-29T01:00 03-29T01:15 03-30T00:15
          0 3 * * *       | 2026-03-28T12:00:00Z | 03-29T01:00 03-30T01:00 03-31T01:00
          0 */2 * * *     | 2026-03-28T22:30:00Z | 03-28T23:00 03-29T01:00 03-29T02:00
          */30 * * * *    | 2026-03-29T00:00:00Z | 03-29T00:30 03-29T01:00 03-29T01:30
          0 * * * *       | 2026-03-28T23:30:00Z | 03-29T00:00 03-29T01:00 03-29T02:00
          30 2 * * *      | 2026-10-24T12:00:00Z | 10-25T00:30 10-26T01:30 10-27T01:30
          30 2 * * *      | 2026-10-25T01:10:00Z | 10-26T01:30 10-27T01:30 10-28T01:30
          15 2,3 * * *    | 2026-10-24T12:00:00Z | 10-25T00:15 10-25T02:15 10-26T01:15
          15 2,3 * * *    | 2026-10-25T01:30:00Z | 10-25T02:15 10-26T01:15 10-26T02:15
          0 3 * * *       | 2026-10-24T12:00:00Z | 10-25T02:00 10-26T02:00 10-27T02:00
          */30 * * * *    | 2026-10-25T00:10:00Z | 10-25T00:30 10-25T01:00 10-25T01:30
          0 * * * *       | 2026-10-24T23:30:00Z | 10-25T00:00 10-25T01:00 10-25T02:00
          """)
  void when_clocks_change_certain_hours_are_due_once_and_every_hour_goes_on(
      String expression, Instant after, String times) {
    CronTiming berlin = CronTiming.of(expression, ZoneId.of("Europe/Berlin"));
    List<Instant> found = new ArrayList<>();
    Instant at = after;
    for (int i = 0; i < 3; i++) {
      at = berlin.next(at).orElseThrow();
      found.add(at);
    }
    assertThat(found.stream().map(time -> time.toString().substring(5, 16)))
        .containsExactly(times.split(" "));
    for (int i = 2; i > 0; i--) {
      assertThat(berlin.last(found.get(i))).as("before").contains(found.get(i - 1));
    }
    assertThat(berlin.last(after.plusMillis(1))).get().matches(last -> !last.isAfter(after));
  }

  @ParameterizedTest
  @ValueSource(strings = {"30 2 * * *", "0 0,2,3 * * *", "*/20 1-3 * * *", "*/15 * * * *"})
  void looking_back_finds_the_same_times(String expression) {
    CronTiming sydney = CronTiming.of(expression, ZoneId.of("Australia/Lord_Howe"));
    Instant end = Instant.parse("2026-12-31T00:00:00Z");
    List<Instant> forward = new ArrayList<>();
    Instant start = Instant.parse("2026-03-25T00:00:00Z");
    for (Instant at = start; at.isBefore(end); at = sydney.next(at).orElseThrow()) {
      forward.add(at);
    }
    forward.removeFirst();
    List<Instant> backward = new ArrayList<>();
    for (Instant at = sydney.last(end).orElseThrow();
        at.isAfter(start);
        at = sydney.last(at).orElseThrow()) {
      backward.add(at);
    }
    assertThat(backward.reversed()).isEqualTo(forward);
  }

  @Test
  void a_day_that_never_comes_has_no_next_time() {
    assertThat(CronTiming.of("0 0 30 2 *", ZoneOffset.UTC).next(Instant.EPOCH))
        .isEqualTo(Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "* * * *",
        "60 * * * *",
        "* 24 * * *",
        "x * * * *",
        "* * 32 * *",
        "@never",
        "* * * * * * *",
        "*/0 * * * *",
        "5-1 * * * *",
        "* * * * 8",
        "@reboot"
      })
  void refuses_what_is_no_expression(String wrong) {
    assertThatThrownBy(() -> CronTiming.of(wrong, ZoneOffset.UTC))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("null");
  }
}
