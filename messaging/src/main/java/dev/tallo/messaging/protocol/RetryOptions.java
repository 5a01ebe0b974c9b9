package dev.tallo.messaging.protocol;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How a sender wants a task to be retried; what it leaves out, the worker decides. Travels in
 * headers of Tallo's own, which any Celery client can set and every other worker ignores.
 *
 * @param maxRetries how many attempts may follow the first: header {@value #MAX_RETRIES}, an
 *     integer, 0 to {@value #MOST_RETRIES}
 * @param backOff the pause before the first retry, which doubles from one to the next: header
 *     {@value #BACK_OFF}, in seconds; more than 0, at most {@link #LONGEST_PAUSE}
 * @param maxBackOff the longest pause: header {@value #MAX_BACK_OFF}, likewise
 * @param retryOn the exceptions that are retried, by their names, simple or qualified, those that
 *     extend them included; empty: all. Header {@value #RETRY_ON}, a list
 * @param giveUpOn the exceptions that are not, likewise: header {@value #GIVE_UP_ON}
 */
public record RetryOptions(
    OptionalInt maxRetries,
    Optional<Duration> backOff,
    Optional<Duration> maxBackOff,
    List<String> retryOn,
    List<String> giveUpOn) {
  public static final String MAX_RETRIES = "x-tallo-max-retries";
  public static final String BACK_OFF = "x-tallo-retry-backoff";
  public static final String MAX_BACK_OFF = "x-tallo-retry-backoff-max";
  public static final String RETRY_ON = "x-tallo-retry-on";
  public static final String GIVE_UP_ON = "x-tallo-give-up-on";

  /** Most retries that may be asked for. */
  public static final int MOST_RETRIES = 10_000;

  /** The longest pause between two attempts. */
  public static final Duration LONGEST_PAUSE = Duration.ofDays(30);

  /** Most names of exceptions in a list. */
  public static final int MOST_NAMES = 50;

  /** Nothing is asked for. */
  public static final RetryOptions NONE =
      new RetryOptions(
          OptionalInt.empty(), Optional.empty(), Optional.empty(), List.of(), List.of());

  public RetryOptions {
    retryOn = List.copyOf(retryOn);
    giveUpOn = List.copyOf(giveUpOn);
    if (maxRetries.isPresent()) {
      int most = maxRetries.getAsInt();
      require(most >= 0 && most <= MOST_RETRIES, "max_retries: 0 to " + MOST_RETRIES);
    }
    requirePause(backOff, "retry_backoff");
    requirePause(maxBackOff, "retry_backoff_max");
    require(
        backOff.isEmpty() || maxBackOff.isEmpty() || maxBackOff.get().compareTo(backOff.get()) >= 0,
        "retry_backoff_max: not shorter than retry_backoff");
    require(
        retryOn.size() <= MOST_NAMES && giveUpOn.size() <= MOST_NAMES,
        "retry_on, give_up_on: at most " + MOST_NAMES + " names");
  }

  private static void requirePause(Optional<Duration> pause, String field) {
    require(
        pause.isEmpty() || pause.get().isPositive() && pause.get().compareTo(LONGEST_PAUSE) <= 0,
        field + ": more than 0 and at most " + LONGEST_PAUSE);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /** Whether nothing is asked for. */
  public boolean isEmpty() {
    return equals(NONE);
  }

  /** The headers that ask for this. */
  public Map<String, Object> headers() {
    if (isEmpty()) {
      return Map.of();
    }
    Map<String, Object> headers = new LinkedHashMap<>();
    maxRetries.ifPresent(most -> headers.put(MAX_RETRIES, most));
    backOff.ifPresent(pause -> headers.put(BACK_OFF, seconds(pause)));
    maxBackOff.ifPresent(pause -> headers.put(MAX_BACK_OFF, seconds(pause)));
    if (!retryOn.isEmpty()) {
      headers.put(RETRY_ON, retryOn);
    }
    if (!giveUpOn.isEmpty()) {
      headers.put(GIVE_UP_ON, giveUpOn);
    }
    return headers;
  }

  private static double seconds(Duration pause) {
    return pause.toNanos() / 1e9;
  }

  /**
   * What the headers of a message ask for; a header that is out of bounds or of the wrong type asks
   * for nothing, since a sender cannot be told any more.
   */
  public static RetryOptions of(Map<String, @Nullable Object> headers) {
    if (headers.isEmpty() || headers.keySet().stream().noneMatch(RetryOptions::isOurs)) {
      return NONE;
    }
    Optional<Duration> first = pause(headers.get(BACK_OFF));
    return new RetryOptions(
        number(headers.get(MAX_RETRIES)),
        first,
        pause(headers.get(MAX_BACK_OFF))
            .filter(most -> first.isEmpty() || most.compareTo(first.get()) >= 0),
        names(headers.get(RETRY_ON)),
        names(headers.get(GIVE_UP_ON)));
  }

  private static boolean isOurs(String header) {
    return switch (header) {
      case MAX_RETRIES, BACK_OFF, MAX_BACK_OFF, RETRY_ON, GIVE_UP_ON -> true;
      default -> false;
    };
  }

  private static OptionalInt number(@Nullable Object value) {
    return value instanceof Number number
            && number.longValue() >= 0
            && number.longValue() <= MOST_RETRIES
        ? OptionalInt.of(number.intValue())
        : OptionalInt.empty();
  }

  private static Optional<Duration> pause(@Nullable Object value) {
    return value instanceof Number number
            && number.doubleValue() > 0
            && number.doubleValue() <= LONGEST_PAUSE.toSeconds()
        ? Optional.of(Duration.ofNanos((long) (number.doubleValue() * 1e9)))
            .filter(Duration::isPositive)
        : Optional.empty();
  }

  private static List<String> names(@Nullable Object value) {
    if (!(value instanceof List<?> list) || list.size() > MOST_NAMES) {
      return List.of();
    }
    return list.stream().filter(String.class::isInstance).map(String.class::cast).toList();
  }
}
