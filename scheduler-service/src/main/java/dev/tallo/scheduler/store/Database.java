package dev.tallo.scheduler.store;

import dev.tallo.store.Store;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.jboss.logging.Logger;

/** Transactions on the store. Blocks: call it on a virtual thread. */
@Singleton
public class Database {
  private static final Logger LOG = Logger.getLogger(Database.class);

  private final Store store;
  private final StoreClock clock;

  /** Work on a connection, in one transaction. */
  @FunctionalInterface
  public interface Work<T> {
    /** Does it; what it throws takes back what it did. */
    T on(Connection connection) throws SQLException;
  }

  public Database(Store store, StoreClock clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Brings the schema up to date and asks for the time. */
  public void open() {
    store.open();
    readClock();
  }

  /**
   * Asks the store for its time.
   *
   * @throws StoreUnavailableException if it does not answer
   */
  public void readClock() {
    transact(
        connection -> {
          long asked = System.nanoTime();
          try (PreparedStatement select =
                  connection.prepareStatement("SELECT now_millis FROM store_clock");
              ResultSet row = select.executeQuery()) {
            row.next();
            clock.set(Instant.ofEpochMilli(row.getLong(1)), asked, System.nanoTime());
          }
          return true;
        });
  }

  /**
   * Does work in one transaction.
   *
   * @throws StoreUnavailableException if it was not committed, or it is not known
   */
  public <T> T transact(Work<T> work) {
    try (Connection connection = store.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      try {
        T result = work.on(connection);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        rollback(connection, e);
        throw e;
      } finally {
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      LOG.debug("a transaction failed", e);
      throw new StoreUnavailableException(e);
    }
  }

  private static void rollback(Connection connection, Exception because) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      because.addSuppressed(e);
    }
  }
}
