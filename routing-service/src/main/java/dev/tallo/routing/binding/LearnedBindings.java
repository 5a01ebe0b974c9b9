package dev.tallo.routing.binding;

import dev.tallo.store.Store;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The store of what was learned. A row is written before its binding is made and deleted after it
 * is undone: there is no learned binding without its row, while a row may be without its binding.
 * Blocks: call it on a virtual thread or at start.
 */
@Singleton
public class LearnedBindings {
  private final Store store;

  public LearnedBindings(Store store) {
    this.store = store;
  }

  /** All of them. */
  public List<LearnedBinding> all() throws SQLException {
    try (Connection connection = store.dataSource().getConnection();
        PreparedStatement select =
            connection.prepareStatement(
                "SELECT task, queue, pattern, rule_version, last_passed FROM learned_binding"
                    + " ORDER BY last_passed");
        ResultSet row = select.executeQuery()) {
      List<LearnedBinding> all = new ArrayList<>();
      while (row.next()) {
        all.add(
            new LearnedBinding(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getLong(4),
                Instant.ofEpochMilli(row.getLong(5))));
      }
      return all;
    }
  }

  /**
   * Records decisions, all or none.
   *
   * @return false, with nothing recorded, when one was made under rules that are no longer in force
   */
  public boolean record(Collection<LearnedBinding> decisions) throws SQLException {
    return inTransaction(
        """
        INSERT INTO learned_binding (task, queue, pattern, rule_version, last_passed)
        SELECT ?, ?, ?, ?, ? WHERE ? = (SELECT max(version) FROM rule_set)
        ON CONFLICT (task) DO UPDATE SET queue = excluded.queue, pattern = excluded.pattern,
          rule_version = excluded.rule_version, last_passed = excluded.last_passed
        """,
        insert -> {
          for (LearnedBinding decision : decisions) {
            insert.setString(1, decision.task());
            insert.setString(2, decision.queue());
            insert.setString(3, decision.pattern());
            insert.setLong(4, decision.ruleVersion());
            insert.setLong(5, decision.lastPassed().toEpochMilli());
            insert.setLong(6, decision.ruleVersion());
            if (insert.executeUpdate() == 0) {
              return false;
            }
          }
          return true;
        });
  }

  /** Forgets names whose bindings are undone. */
  public void forget(Collection<String> tasks) throws SQLException {
    inTransaction(
        "DELETE FROM learned_binding WHERE task = ?",
        delete -> {
          for (String task : tasks) {
            delete.setString(1, task);
            delete.executeUpdate();
          }
          return true;
        });
  }

  /** Runs the work in one transaction, which is committed if it returns true. */
  private boolean inTransaction(String sql, Work work) throws SQLException {
    try (Connection connection = store.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      boolean done = false;
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        done = work.on(statement);
        if (done) {
          connection.commit();
        }
        return done;
      } finally {
        if (!done) {
          connection.rollback();
        }
        connection.setAutoCommit(true);
      }
    }
  }

  @FunctionalInterface
  private interface Work {
    boolean on(PreparedStatement statement) throws SQLException;
  }
}
