package dev.tallo.workerservice.webhook;

/** The webhook may not be sent there; nothing was, or nothing after a redirect. */
final class WebhookRefused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  WebhookRefused(String message) {
    super(message, null, false, false);
  }
}
