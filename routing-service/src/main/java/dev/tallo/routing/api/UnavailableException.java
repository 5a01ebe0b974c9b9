package dev.tallo.routing.api;

/** What is asked for cannot be done now. */
final class UnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnavailableException(String message) {
    super(message);
  }
}
