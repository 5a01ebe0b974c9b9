package dev.tallo.workerservice.webhook;

import java.time.Duration;
import java.util.OptionalInt;

/** A failed attempt that is worth another one. */
final class PassingFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final Duration retryAfter;

  /**
   * A failure, described after the name of the host.
   *
   * @param retryAfter how long the host asked to be left alone
   */
  PassingFailure(String message, OptionalInt status, Duration retryAfter) {
    super(message, null, false, false);
    this.status = status.orElse(0);
    this.retryAfter = retryAfter;
  }

  Duration retryAfter() {
    return retryAfter;
  }

  WebhookFailed afterAttempts(int attempts) {
    return new WebhookFailed(
        "%s, after %d attempt%s".formatted(getMessage(), attempts, attempts == 1 ? "" : "s"),
        status == 0 ? OptionalInt.empty() : OptionalInt.of(status));
  }
}
