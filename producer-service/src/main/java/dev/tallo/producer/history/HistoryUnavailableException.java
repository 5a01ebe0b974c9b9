package dev.tallo.producer.history;

import java.sql.SQLException;

/** The history cannot be written or read now: the store fails, or too much waits for it already. */
public final class HistoryUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public HistoryUnavailableException(String why) {
    super("the history is not available: " + why);
  }

  private HistoryUnavailableException(String why, Throwable cause) {
    super("the history is not available: " + why, cause);
  }

  /**
   * For a failure of the store. Clients are told of its kind alone: what a store says may quote
   * what others wrote. The log has the rest.
   */
  static HistoryUnavailableException of(Exception failure) {
    String kind =
        failure instanceof SQLException sql
            ? sql.getSQLState() == null ? "error " + sql.getErrorCode() : sql.getSQLState()
            : failure.getClass().getSimpleName();
    return new HistoryUnavailableException("the store failed (" + kind + ")", failure);
  }
}
