package dev.tallo.systemtests;

/** What keeps a trial from being made: a service that does not start, say. No loss by itself. */
final class ChaosException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ChaosException(String message) {
    super(message);
  }

  ChaosException(String message, Throwable cause) {
    super(message, cause);
  }
}
