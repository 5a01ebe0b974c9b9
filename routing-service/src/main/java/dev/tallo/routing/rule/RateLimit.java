package dev.tallo.routing.rule;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many tasks go on in a time, over all replicas.
 *
 * @param rate as Celery writes it: {@code 10/s}, {@code 100/m}, {@code 1000/h}
 * @param burst how many may go on at once after a quiet time, 1 or more
 * @param key by which tasks are told apart, each key with a rate of its own; none: one for all
 */
public record RateLimit(String rate, int burst, Optional<KeySource> key) {
  /** Most tasks of a rate's unit, and of a burst. */
  public static final int MOST = 1_000_000;

  private static final Pattern RATE = Pattern.compile("([0-9]{1,7})/([smh])");

  public RateLimit {
    microsOf(rate);
    if (burst < 1 || burst > MOST) {
      throw new IllegalArgumentException("must have a burst of 1 to " + MOST);
    }
  }

  /** The time from one task to the next, in microseconds. */
  public long intervalMicros() {
    return microsOf(rate);
  }

  /**
   * The burst unless one is given: the tasks of a second, 1 at least.
   *
   * @throws IllegalArgumentException when the rate is none
   */
  static int usualBurst(String rate) {
    return (int) Math.max(1, TimeUnit.SECONDS.toMicros(1) / microsOf(rate));
  }

  private static long microsOf(String rate) {
    Matcher read = RATE.matcher(rate);
    int count = read.matches() ? Integer.parseInt(read.group(1)) : 0;
    if (count < 1 || count > MOST) {
      throw new IllegalArgumentException(
          "must be a number from 1 to " + MOST + " for each s, m or h: 10/s, 100/m");
    }
    TimeUnit unit =
        switch (read.group(2)) {
          case "s" -> TimeUnit.SECONDS;
          case "m" -> TimeUnit.MINUTES;
          default -> TimeUnit.HOURS;
        };
    return Math.max(1, unit.toMicros(1) / count);
  }
}
