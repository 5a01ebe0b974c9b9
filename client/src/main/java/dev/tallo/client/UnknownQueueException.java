package dev.tallo.client;

/** A delayed task names a queue that is not there; nothing was sent. */
public final class UnknownQueueException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnknownQueueException(String queue) {
    super(
        "there is no queue '%s'; a worker that takes from it makes it".formatted(queue),
        null,
        false,
        false);
  }
}
