package dev.tallo.problem;

import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/** Date-times as requests have them. */
public final class DateTimes {
  private DateTimes() {}

  /**
   * Reads one of ISO 8601 with its offset, such as {@code 2030-01-31T12:00:00Z}.
   *
   * @throws DateTimeException if it is none, if its year, there or in UTC, is not 1 to 9999, which
   *     is what the stores and Celery's clients have, or its offset is not of whole minutes
   */
  public static OffsetDateTime parse(String text) {
    OffsetDateTime time = OffsetDateTime.parse(text);
    if (!ordinary(time.getYear())
        || !ordinary(time.withOffsetSameInstant(ZoneOffset.UTC).getYear())
        || time.getOffset().getTotalSeconds() % 60 != 0) {
      throw new DateTimeException("out of range: " + text);
    }
    return time;
  }

  private static boolean ordinary(int year) {
    return year >= 1 && year <= 9999;
  }
}
