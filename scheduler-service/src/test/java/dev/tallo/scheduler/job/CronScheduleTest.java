package dev.tallo.scheduler.job;

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

class CronScheduleTest {
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
    assertThat(CronSchedule.of(expression, ZoneOffset.UTC).next(after)).contains(next);
  }

  /** As crontab(5) has it: the 13th, and every Friday. */
  @Test
  void of_day_of_month_and_day_of_week_one_is_enough() {
    CronSchedule schedule = CronSchedule.of("0 0 13 * 5", ZoneOffset.UTC);
    List<String> days = new ArrayList<>();
    Instant at = Instant.parse("2026-11-01T00:00:00Z");
    for (int i = 0; i < 6; i++) {
      at = schedule.next(at).orElseThrow();
      days.add(at.toString().substring(5, 10));
    }
    assertThat(days).containsExactly("11-06", "11-13", "11-20", "11-27", "12-04", "12-11");
    assertThat(
            CronSchedule.of("0 0 14 * 5", ZoneOffset.UTC)
                .next(Instant.parse("2026-11-13T00:00:00Z")))
        .contains(Instant.parse("2026-11-14T00:00:00Z"));
  }

  @Test
  void is_meant_in_its_zone() {
    CronSchedule berlin = CronSchedule.of("0 8 * * *", ZoneId.of("Europe/Berlin"));
    assertThat(berlin.next(Instant.parse("2026-11-22T00:00:00Z")))
        .contains(Instant.parse("2026-11-22T07:00:00Z"));
    assertThat(berlin.next(Instant.parse("2026-07-22T00:00:00Z")))
        .contains(Instant.parse("2026-07-22T06:00:00Z"));
  }

  @Test
  void a_day_that_never_comes_has_no_next_time() {
    assertThat(CronSchedule.of("0 0 30 2 *", ZoneOffset.UTC).next(Instant.EPOCH))
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
        "* * * * 8"
      })
  void refuses_what_is_no_expression(String wrong) {
    assertThatThrownBy(() -> CronSchedule.of(wrong, ZoneOffset.UTC))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("null");
  }
}
