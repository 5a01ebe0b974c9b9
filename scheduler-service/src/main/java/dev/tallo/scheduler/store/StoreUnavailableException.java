package dev.tallo.scheduler.store;

import java.sql.SQLException;

/** The store did not do what it was asked. */
public final class StoreUnavailableException extends RuntimeException {
  StoreUnavailableException(SQLException cause) {
    super("the store failed: " + cause.getMessage(), cause);
  }
}
