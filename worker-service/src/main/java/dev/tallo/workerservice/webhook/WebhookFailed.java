package dev.tallo.workerservice.webhook;

import java.util.OptionalInt;

/** The webhook was not delivered: it was answered with another status, or not in time. */
final class WebhookFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  WebhookFailed(String message, OptionalInt status) {
    super(message, null, false, false);
    this.status = status.orElse(0);
  }

  /** The last answer's status; empty if there was none. */
  OptionalInt status() {
    return status == 0 ? OptionalInt.empty() : OptionalInt.of(status);
  }
}
