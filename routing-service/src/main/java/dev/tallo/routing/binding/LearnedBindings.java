package dev.tallo.routing.binding;

import dev.tallo.routing.rule.RuleStore;
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
import java.util.Optional;

/**
 * The store of what was learned. A row is written before its binding is made and deleted after it
 * is undone: there is no learned binding without its row, while a row may be without its binding.
 * Blocks: call it on a virtual thread or at start.
 */
@Singleton
public class LearnedBindings {
  private static final String COLUMNS = "task, queue, rule, rule_version, learned_at, last_passed";

  private final Store store;
  private final RuleStore turns;

  public LearnedBindings(Store store, RuleStore turns) {
    this.store = store;
    this.turns = turns;
  }

  /** How many there are. */
  public int count() throws SQLException {
    try (Connection connection = store.dataSource().getConnection();
        PreparedStatement select =
            connection.prepareStatement("SELECT count(*) FROM learned_binding");
        ResultSet row = select.executeQuery()) {
      return row.next() ? row.getInt(1) : 0;
    }
  }

  /** That of a name. */
  public Optional<LearnedBinding> find(String task) throws SQLException {
    return query("WHERE task = ?", select -> select.setString(1, task)).stream().findFirst();
  }

  /** Some, by name. */
  public List<LearnedBinding> page(String after, int most) throws SQLException {
    return query(
        "WHERE task > ? ORDER BY task LIMIT ?",
        select -> {
          select.setString(1, after);
          select.setInt(2, most);
        });
  }

  /** Those whose messages have not come by for longest. */
  List<LearnedBinding> oldest(int most) throws SQLException {
    return query("ORDER BY last_passed LIMIT ?", select -> select.setInt(1, most));
  }

  /** Records decisions, all or none; {@code learnedAt} stays where the queue does. */
  void record(long turn, Collection<LearnedBinding> decisions) throws SQLException {
    turns.write(
        turn,
        connection -> {
          try (PreparedStatement insert =
              connection.prepareStatement(
                  """
                  INSERT INTO learned_binding
                    (task, queue, rule, rule_version, learned_at, last_passed)
                  VALUES (?, ?, ?, ?, ?, ?)
                  ON CONFLICT (task) DO UPDATE SET queue = excluded.queue, rule = excluded.rule,
                    rule_version = excluded.rule_version, last_passed = excluded.last_passed,
                    learned_at = CASE WHEN learned_binding.queue = excluded.queue
                      THEN learned_binding.learned_at ELSE excluded.learned_at END
                  """)) {
            for (LearnedBinding decision : decisions) {
              insert.setString(1, decision.task());
              insert.setString(2, decision.queue());
              insert.setString(3, decision.rule());
              insert.setLong(4, decision.ruleVersion());
              insert.setLong(5, decision.learnedAt().toEpochMilli());
              insert.setLong(6, decision.lastPassed().toEpochMilli());
              insert.addBatch();
            }
            return insert.executeBatch();
          }
        });
  }

  /** Forgets names whose bindings are undone. */
  void forget(long turn, Collection<LearnedBinding> undone) throws SQLException {
    turns.write(
        turn,
        connection -> {
          try (PreparedStatement delete =
              connection.prepareStatement("DELETE FROM learned_binding WHERE task = ?")) {
            for (LearnedBinding binding : undone) {
              delete.setString(1, binding.task());
              delete.addBatch();
            }
            return delete.executeBatch();
          }
        });
  }

  private List<LearnedBinding> query(String rest, Parameters parameters) throws SQLException {
    try (Connection connection = store.dataSource().getConnection();
        PreparedStatement select =
            connection.prepareStatement("SELECT " + COLUMNS + " FROM learned_binding " + rest)) {
      parameters.set(select);
      try (ResultSet row = select.executeQuery()) {
        List<LearnedBinding> found = new ArrayList<>();
        while (row.next()) {
          found.add(
              new LearnedBinding(
                  row.getString(1),
                  row.getString(2),
                  row.getString(3),
                  row.getLong(4),
                  Instant.ofEpochMilli(row.getLong(5)),
                  Instant.ofEpochMilli(row.getLong(6))));
        }
        return found;
      }
    }
  }

  @FunctionalInterface
  private interface Parameters {
    void set(PreparedStatement statement) throws SQLException;
  }
}
