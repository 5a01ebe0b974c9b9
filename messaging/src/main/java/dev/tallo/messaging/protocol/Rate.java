package dev.tallo.messaging.protocol;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * So many in a time, as Celery writes its {@code rate_limit}: {@code 10/s}, {@code 100/m}, {@code
 * 5/h}; a number alone is per second.
 *
 * @param permits 1 to 1,000,000
 * @param per one second, minute or hour
 */
public record Rate(int permits, Duration per) {
  /** Most permits. */
  public static final int MAX_PERMITS = 1_000_000;

  private static final Pattern TEXT = Pattern.compile("([0-9]{1,7})(?:/([smh]))?");
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration HOUR = Duration.ofHours(1);

  public Rate {
    if (permits < 1 || permits > MAX_PERMITS) {
      throw new IllegalArgumentException(
          "a rate is 1 to %d in a second, minute or hour, not %d".formatted(MAX_PERMITS, permits));
    }
    if (!per.equals(SECOND) && !per.equals(MINUTE) && !per.equals(HOUR)) {
      throw new IllegalArgumentException("a rate is per second, minute or hour, not per " + per);
    }
  }

  /**
   * Reads what {@link #toString} writes.
   *
   * @throws IllegalArgumentException that says what would be right
   */
  public static Rate parse(String text) {
    Matcher parts = TEXT.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "a rate looks like 10/s, 100/m or 5/h, not '" + text + "'");
    }
    return new Rate(
        Integer.parseInt(parts.group(1)),
        switch (parts.group(2)) {
          case "m" -> MINUTE;
          case "h" -> HOUR;
          case null, default -> SECOND;
        });
  }

  /** The time between two of them, if they are spread evenly. */
  public Duration interval() {
    return per.dividedBy(permits);
  }

  @Override
  public String toString() {
    String unit = per.equals(SECOND) ? "s" : per.equals(MINUTE) ? "m" : "h";
    return permits + "/" + unit;
  }
}
