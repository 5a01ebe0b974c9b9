package dev.tallo.routing.rule;

import dev.tallo.store.Store;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * The rules in force, with their version. Blocks: call it on a virtual thread or at start.
 *
 * <p>Whoever changes what is here, rules or learned bindings, shows the number of its turn: that of
 * the last {@link #claim}. Work of an earlier turn that goes on unawares is refused, so it cannot
 * spoil what was done since.
 */
@Singleton
public class RuleStore {
  /** How many past versions are remembered. */
  private static final int REMEMBERED = 1_000;

  private final Store store;
  private final Clock clock;

  public RuleStore(Store store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /** The version in force; 0 before the first. */
  public long version() throws SQLException {
    try (Connection connection = store.dataSource().getConnection();
        PreparedStatement select =
            connection.prepareStatement("SELECT coalesce(max(version), 0) FROM rule_set");
        ResultSet row = select.executeQuery()) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  /** The rules in force. */
  public RuleSet read() throws SQLException {
    try (Connection connection = store.dataSource().getConnection()) {
      return read(connection);
    }
  }

  /**
   * Merges the configured rules into those in force. The version stays when that changes nothing.
   */
  public RuleSet seed(UnaryOperator<List<RuleSet.Entry>> merge) throws SQLException {
    return inTransaction(
        connection -> {
          // Keeps other replicas out that start at the same time.
          execute(connection, "UPDATE binding_writer SET epoch = epoch");
          RuleSet before = read(connection);
          RuleSet next = before.next(merge.apply(before.entries()), clock.instant());
          if (next.version() != before.version()) {
            execute(connection, "UPDATE binding_writer SET epoch = epoch + 1");
            write(connection, next);
          }
          return next;
        });
  }

  /** Begins a turn: from now on no earlier one can write. Returns its number. */
  public long claim() throws SQLException {
    return inTransaction(
        connection -> {
          execute(connection, "UPDATE binding_writer SET epoch = epoch + 1");
          try (PreparedStatement select =
                  connection.prepareStatement("SELECT epoch FROM binding_writer");
              ResultSet row = select.executeQuery()) {
            row.next();
            return row.getLong(1);
          }
        });
  }

  /**
   * Puts other rules in force.
   *
   * @param turn the number of this turn
   */
  public void replace(long turn, RuleSet next) throws SQLException {
    write(
        turn,
        connection -> {
          write(connection, next);
          return next;
        });
  }

  /**
   * Does work in one transaction that is committed only if no other turn has begun.
   *
   * @throws SupersededException if one has
   */
  public <T> T write(long turn, Work<T> work) throws SQLException {
    return inTransaction(
        connection -> {
          try (PreparedStatement fence =
              connection.prepareStatement(
                  "UPDATE binding_writer SET epoch = epoch WHERE epoch = ?")) {
            fence.setLong(1, turn);
            if (fence.executeUpdate() == 0) {
              throw new SupersededException();
            }
          }
          return work.on(connection);
        });
  }

  /** Another turn has begun: that of this one is over, and nothing was written. */
  public static final class SupersededException extends SQLException {
    private static final long serialVersionUID = 1L;

    SupersededException() {
      super("another replica has taken over");
    }
  }

  /** What is done on a connection. */
  @FunctionalInterface
  public interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  private <T> T inTransaction(Work<T> work) throws SQLException {
    try (Connection connection = store.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      boolean done = false;
      try {
        T result = work.on(connection);
        connection.commit();
        done = true;
        return result;
      } finally {
        if (!done) {
          connection.rollback();
        }
        connection.setAutoCommit(true);
      }
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.executeUpdate();
    }
  }

  private void write(Connection connection, RuleSet next) throws SQLException {
    try (PreparedStatement version =
            connection.prepareStatement(
                "INSERT INTO rule_set (version, active_since) VALUES (?, ?)");
        PreparedStatement forget =
            connection.prepareStatement("DELETE FROM rule_set WHERE version <= ?");
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO route (id, position, origin, definition, version, changed_at)"
                    + " VALUES (?, ?, ?, ?, ?, ?)")) {
      version.setLong(1, next.version());
      version.setLong(2, clock.millis());
      version.executeUpdate();
      forget.setLong(1, next.version() - REMEMBERED);
      forget.executeUpdate();
      execute(connection, "DELETE FROM route");
      int position = 0;
      for (RuleSet.Entry entry : next.entries()) {
        insert.setString(1, entry.rule().id());
        insert.setInt(2, position++);
        insert.setString(3, entry.origin().word());
        insert.setString(4, RuleJson.write(entry.rule()).toString());
        insert.setLong(5, entry.version());
        insert.setLong(6, entry.changed().toEpochMilli());
        insert.addBatch();
      }
      if (position > 0) {
        insert.executeBatch();
      }
    }
  }

  private static Rule readable(String id, String definition) throws SQLException {
    try {
      return RuleReader.readAccepted(RuleJson.object(definition), id);
    } catch (InvalidRuleException | RuleJson.MalformedJsonException e) {
      throw new SQLException(
          "rule '%s' is not of this version of the service: %s".formatted(id, e.getMessage()), e);
    }
  }

  /** One statement, and so the rules of one moment. */
  private static RuleSet read(Connection connection) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement(
                """
                SELECT s.version, r.id, r.origin, r.definition, r.version, r.changed_at
                FROM (SELECT coalesce(max(version), 0) AS version FROM rule_set) s
                LEFT JOIN route r ON TRUE
                ORDER BY r.position
                """);
        ResultSet row = select.executeQuery()) {
      long version = 0;
      List<RuleSet.Entry> entries = new ArrayList<>();
      while (row.next()) {
        version = row.getLong(1);
        String id = row.getString(2);
        if (id != null) {
          entries.add(
              new RuleSet.Entry(
                  readable(id, row.getString(4)),
                  Origin.valueOf(row.getString(3).toUpperCase(Locale.ROOT)),
                  row.getLong(5),
                  Instant.ofEpochMilli(row.getLong(6))));
        }
      }
      return new RuleSet(version, entries);
    }
  }
}
