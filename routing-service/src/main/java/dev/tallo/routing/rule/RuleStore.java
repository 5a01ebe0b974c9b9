package dev.tallo.routing.rule;

import dev.tallo.store.Store;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The rules as last put in force, with their version. Blocks: call it on a virtual thread or at
 * start.
 */
@Singleton
public class RuleStore {
  private final Store store;
  private final Clock clock;

  public RuleStore(Store store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /**
   * Records that these rules are in force. The version stays when they are those of the last time,
   * and is one higher otherwise.
   */
  public RuleSet activate(List<Rule> rules) throws SQLException {
    try (Connection connection = store.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      try {
        RuleSet result = activate(connection, rules);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      } finally {
        connection.setAutoCommit(true);
      }
    }
  }

  private RuleSet activate(Connection connection, List<Rule> rules) throws SQLException {
    RuleSet last = read(connection);
    if (last.version() > 0 && last.rules().equals(rules)) {
      return last;
    }
    RuleSet next = new RuleSet(last.version() + 1, rules);
    try (PreparedStatement clear = connection.prepareStatement("DELETE FROM rule");
        PreparedStatement version =
            connection.prepareStatement(
                "INSERT INTO rule_set (version, active_since) VALUES (?, ?)");
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO rule (position, pattern, queue, priority) VALUES (?, ?, ?, ?)")) {
      clear.executeUpdate();
      version.setLong(1, next.version());
      version.setLong(2, clock.millis());
      version.executeUpdate();
      for (int position = 0; position < rules.size(); position++) {
        Rule rule = rules.get(position);
        insert.setInt(1, position);
        insert.setString(2, rule.match().toString());
        insert.setString(3, rule.queue());
        if (rule.priority().isPresent()) {
          insert.setInt(4, rule.priority().getAsInt());
        } else {
          insert.setNull(4, Types.INTEGER);
        }
        insert.executeUpdate();
      }
    }
    return next;
  }

  private static RuleSet read(Connection connection) throws SQLException {
    long version = 0;
    try (PreparedStatement select =
            connection.prepareStatement("SELECT coalesce(max(version), 0) FROM rule_set");
        ResultSet row = select.executeQuery()) {
      if (row.next()) {
        version = row.getLong(1);
      }
    }
    List<Rule> rules = new ArrayList<>();
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT pattern, queue, priority FROM rule ORDER BY position");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        int priority = row.getInt(3);
        OptionalInt given = row.wasNull() ? OptionalInt.empty() : OptionalInt.of(priority);
        rules.add(new Rule(Glob.of(row.getString(1)), row.getString(2), given));
      }
    }
    return new RuleSet(version, rules);
  }
}
