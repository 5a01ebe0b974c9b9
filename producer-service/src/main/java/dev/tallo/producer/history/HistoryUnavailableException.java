package dev.tallo.producer.history;

/** The history cannot be written or read now: the store fails, or too much waits for it already. */
public final class HistoryUnavailableException extends RuntimeException {
  public HistoryUnavailableException(String why) {
    super("the history is not available: " + why);
  }

  public HistoryUnavailableException(String why, Throwable cause) {
    super("the history is not available: " + why, cause);
  }
}
