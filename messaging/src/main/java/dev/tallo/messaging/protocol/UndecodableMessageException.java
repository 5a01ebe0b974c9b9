package dev.tallo.messaging.protocol;

/**
 * A message that cannot be read. Its text names the field that was wrong, what was there and what
 * would have been right; it quotes at most a short piece of the message.
 */
public final class UndecodableMessageException extends Exception {

  private static final long serialVersionUID = 1L;

  public UndecodableMessageException(String message) {
    super(message);
  }

  public UndecodableMessageException(String message, Throwable cause) {
    super(message, cause);
  }
}
