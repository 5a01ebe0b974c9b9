package dev.tallo.problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DateTimeException;
import java.time.OffsetDateTime;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DateTimesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "2030-01-31T12:00:00Z",
        "2030-01-31T12:00:00.123456789+05:45",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "2030-01-31T12:00+00:00"
      })
  void reads_what_stores_and_clients_have(String text) {
    assertThat(DateTimes.parse(text)).isEqualTo(OffsetDateTime.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tomorrow",
        "2030-01-31",
        "2030-01-31T12:00:00",
        "2030-02-30T12:00:00Z",
        "0000-12-31T23:59:59Z",
        "0001-01-01T00:00:00+01:00", // in UTC, the year before
        "9999-12-31T23:59:59-01:00", // in UTC, the year after
        "+10000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "2030-01-31T12:00:00+01:00:30"
      })
  void refuses_what_they_have_not(String text) {
    assertThatThrownBy(() -> DateTimes.parse(text)).isInstanceOf(DateTimeException.class);
  }
}
