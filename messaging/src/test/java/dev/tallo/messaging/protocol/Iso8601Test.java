package dev.tallo.messaging.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DateTimeException;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Iso8601Test {

  @ParameterizedTest
  @CsvSource({
    "2026-11-22T19:42:55.244775+00:00, 2026-11-22T19:42:55.244775Z",
    "2026-11-22T19:42:55.244775,       2026-11-22T19:42:55.244775Z",
    "2026-11-22 19:42:55,              2026-11-22T19:42:55Z",
    "2026-11-22T19:42:55Z,             2026-11-22T19:42:55Z",
    "2026-11-22T19:42:55z,             2026-11-22T19:42:55Z",
    "2026-11-22T19:42,                 2026-11-22T19:42Z",
    "2026-11-22,                       2026-11-22T00:00Z",
    "2026-11-22T19:42:55-03:30,        2026-11-22T19:42:55-03:30",
    "2026-11-22T19:42:55+0530,         2026-11-22T19:42:55+05:30",
    "2026-11-22T19:42:55+05,           2026-11-22T19:42:55+05:00",
    "2026-11-22T19:42:55.5,            2026-11-22T19:42:55.5Z",
    "2026-11-22T19:42:55.1234567891Z,  2026-11-22T19:42:55.123456789Z",
    "0001-01-01T00:00:00,              0001-01-01T00:00Z",
    "2024-02-29T23:59:59+14:00,        2024-02-29T23:59:59+14:00"
  })
  void reads_what_celery_reads(String text, OffsetDateTime time) {
    assertThat(Iso8601.parse(text)).isEqualTo(time);
    assertThat(Iso8601.parse(text).getOffset()).isEqualTo(time.getOffset());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "2026",
        "2026-11",
        "2026-1-2",
        "2026-02-30",
        "2026-11-22T",
        "2026-11-22T19",
        "2026-11-22T24:00:00",
        "2026-11-22T19:42:55.",
        "2026-11-22T19:42:55+",
        "+2026-11-22",
        "2026-11-22T19:42:55+19:00",
        "2026-11-22T19:42:55Z ",
        "２026-11-22",
        "now",
        "2026-11-22T19:42:55+00:00[UTC]"
      })
  void refuses_what_is_no_time(String text) {
    assertThatThrownBy(() -> Iso8601.parse(text)).isInstanceOf(DateTimeException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-22T19:42:55.244775Z,    2026-11-22T19:42:55.244775+00:00",
    "2026-11-22T19:42:55Z,           2026-11-22T19:42:55+00:00",
    "2026-11-22T19:42:55.2Z,         2026-11-22T19:42:55.200000+00:00",
    "2026-11-22T19:42:55.000001999Z, 2026-11-22T19:42:55.000001+00:00",
    "2026-01-02T03:04:05-09:30,      2026-01-02T03:04:05-09:30",
    "0001-01-02T03:04:05+14:00,      0001-01-02T03:04:05+14:00"
  })
  void writes_six_digits_or_none_because_older_celery_counts_them_as_microseconds(
      OffsetDateTime time, String text) {
    assertThat(Iso8601.format(time)).isEqualTo(text);
  }

  @Test
  void refuses_to_write_what_python_cannot_read() {
    assertThatThrownBy(() -> Iso8601.format(OffsetDateTime.MAX))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("years 1 to 9999");
    assertThatThrownBy(() -> Iso8601.format(OffsetDateTime.parse("2026-01-01T00:00:00+01:00:01")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("whole minutes");
  }
}
