package dev.tallo.worker;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by a task that wants to be tried again after a time: the other side said when, say. It
 * counts as a retry; when there are none left, the task fails with the cause.
 */
public class RetryAfter extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Duration pause;

  /**
   * @param pause 0 to 30 days
   * @throws IllegalArgumentException if it is out of bounds
   */
  public RetryAfter(Duration pause) {
    this(pause, "a retry after " + pause + " was asked for", null);
  }

  /**
   * @param pause 0 to 30 days
   * @param cause why
   * @throws IllegalArgumentException if the pause is out of bounds
   */
  public RetryAfter(Duration pause, Throwable cause) {
    this(pause, String.valueOf(cause.getMessage()), cause);
  }

  private RetryAfter(Duration pause, String message, @Nullable Throwable cause) {
    super(message, cause);
    if (pause.isNegative() || pause.compareTo(Duration.ofDays(30)) > 0) {
      throw new IllegalArgumentException("pause: 0 to 30 days, not " + pause);
    }
    this.pause = pause;
  }

  /** How long to wait. */
  public Duration pause() {
    return pause;
  }
}
