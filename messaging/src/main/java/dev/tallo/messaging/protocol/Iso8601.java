package dev.tallo.messaging.protocol;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/**
 * Points in time as Celery writes and reads them ({@code datetime.isoformat}, {@code
 * celery/utils/iso8601.py}).
 *
 * <p>Written are microseconds in six digits or none, and an offset in hours and minutes: Celery up
 * to 5.2 takes any other number of digits for a count of microseconds. Read is what Celery reads,
 * that is a date with an optional time, seconds, fraction and offset, any one character between
 * date and time; no offset means UTC. Besides, offsets may lack the colon or the minutes.
 */
final class Iso8601 {

  private static final int DATE_LENGTH = "2026-11-22".length();

  private Iso8601() {}

  /**
   * Writes it, cut to microseconds.
   *
   * @throws IllegalArgumentException if the year is not 1 to 9999 or the offset has seconds
   */
  static String format(OffsetDateTime time) {
    int offset = time.getOffset().getTotalSeconds();
    if (offset % 60 != 0) {
      throw new IllegalArgumentException(
          "A time must have an offset of whole minutes, unlike " + time + ".");
    }
    StringBuilder text = new StringBuilder("2026-11-22T19:42:55.244775+00:00".length());
    date(text, time.toLocalDateTime());
    int minutes = Math.abs(offset) / 60;
    digits(text.append(offset < 0 ? '-' : '+'), minutes / 60, 10);
    digits(text.append(':'), minutes % 60, 10);
    return text.toString();
  }

  /** Writes it without an offset, which Python calls naive. */
  static String format(LocalDateTime time) {
    StringBuilder text = new StringBuilder();
    date(text, time);
    return text.toString();
  }

  /** Writes the time of a day. */
  static String format(LocalTime time) {
    StringBuilder text = new StringBuilder();
    time(text, time);
    return text.toString();
  }

  private static void date(StringBuilder text, LocalDateTime time) {
    if (time.getYear() < 1 || time.getYear() > 9999) {
      throw new IllegalArgumentException(
          "A time must lie in the years 1 to 9999, which is all that Python has, unlike "
              + time
              + ".");
    }
    digits(text, time.getYear(), 1000);
    digits(text.append('-'), time.getMonthValue(), 10);
    digits(text.append('-'), time.getDayOfMonth(), 10);
    time(text.append('T'), time.toLocalTime());
  }

  private static void time(StringBuilder text, LocalTime time) {
    digits(text, time.getHour(), 10);
    digits(text.append(':'), time.getMinute(), 10);
    digits(text.append(':'), time.getSecond(), 10);
    int micros = time.getNano() / 1000;
    if (micros != 0) {
      digits(text.append('.'), micros, 100_000);
    }
  }

  private static void digits(StringBuilder text, int number, int highest) {
    for (int place = highest; place > 0; place /= 10) {
      text.append((char) ('0' + number / place % 10));
    }
  }

  /**
   * Reads it.
   *
   * @throws DateTimeException if it is no point in time
   */
  static OffsetDateTime parse(String text) {
    Cursor cursor = new Cursor(text);
    int year = cursor.number(4);
    cursor.expect('-');
    int month = cursor.number(2);
    cursor.expect('-');
    int day = cursor.number(2);
    if (cursor.atEnd()) {
      return LocalDateTime.of(year, month, day, 0, 0).atOffset(ZoneOffset.UTC);
    }
    cursor.position = DATE_LENGTH + 1;
    int hour = cursor.number(2);
    cursor.expect(':');
    int minute = cursor.number(2);
    int second = 0;
    int nano = 0;
    if (cursor.skip(':')) {
      second = cursor.number(2);
      if (cursor.skip('.') || cursor.skip(',')) {
        nano = cursor.fraction();
      }
    }
    ZoneOffset offset = cursor.atEnd() ? ZoneOffset.UTC : cursor.offset();
    if (!cursor.atEnd()) {
      throw cursor.unreadable();
    }
    return LocalDateTime.of(year, month, day, hour, minute, second, nano).atOffset(offset);
  }

  private static final class Cursor {
    private final String text;
    private int position;

    Cursor(String text) {
      this.text = text;
    }

    boolean atEnd() {
      return position >= text.length();
    }

    boolean skip(char c) {
      if (atEnd() || text.charAt(position) != c) {
        return false;
      }
      position++;
      return true;
    }

    void expect(char c) {
      if (!skip(c)) {
        throw unreadable();
      }
    }

    boolean atDigit() {
      return !atEnd() && text.charAt(position) >= '0' && text.charAt(position) <= '9';
    }

    int number(int digits) {
      int number = 0;
      for (int i = 0; i < digits; i++) {
        if (!atDigit()) {
          throw unreadable();
        }
        number = number * 10 + text.charAt(position++) - '0';
      }
      return number;
    }

    /** Any number of digits; what is finer than a nanosecond is dropped. */
    int fraction() {
      if (!atDigit()) {
        throw unreadable();
      }
      int nano = 0;
      int place = 100_000_000;
      while (atDigit()) {
        nano += (text.charAt(position++) - '0') * place;
        place /= 10;
      }
      return nano;
    }

    ZoneOffset offset() {
      if (skip('Z') || skip('z')) {
        return ZoneOffset.UTC;
      }
      boolean west = skip('-');
      if (!west) {
        expect('+');
      }
      int hours = number(2);
      int minutes = 0;
      if (skip(':') || atDigit()) {
        minutes = number(2);
      }
      return west
          ? ZoneOffset.ofHoursMinutes(-hours, -minutes)
          : ZoneOffset.ofHoursMinutes(hours, minutes);
    }

    DateTimeException unreadable() {
      return new DateTimeException("unreadable at character " + (position + 1));
    }
  }
}
