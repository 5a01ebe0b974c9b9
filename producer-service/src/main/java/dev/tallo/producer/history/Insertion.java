package dev.tallo.producer.history;

import dev.tallo.messaging.protocol.State;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Stores new tasks within the writer's transaction. Those that are tasks and no more go in one
 * batch; one with an idempotency key or a unique key takes some statements of its own.
 */
final class Insertion {
  /** Where prepared statements come from. */
  interface Statements {
    PreparedStatement of(String sql) throws SQLException;
  }

  private final Statements statements;
  private final Sequence sequence;
  private final Clock clock;

  Insertion(Statements statements, Sequence sequence, Clock clock) {
    this.statements = statements;
    this.sequence = sequence;
    this.clock = clock;
  }

  /** Stores them; tells, by their places, which were not and why. */
  Map<Integer, Conflict> of(List<NewTask> tasks) throws SQLException {
    Map<Integer, Conflict> conflicts = new HashMap<>();
    insertPlain(tasks, conflicts);
    for (int i = 0; i < tasks.size(); i++) {
      if (!tasks.get(i).plain()) {
        Optional<Conflict> conflict = insertSpecial(tasks.get(i));
        if (conflict.isPresent()) {
          conflicts.put(i, conflict.get());
        }
      }
    }
    return conflicts;
  }

  private void insertPlain(List<NewTask> tasks, Map<Integer, Conflict> conflicts)
      throws SQLException {
    PreparedStatement insert = statements.of(HistorySql.INSERT);
    List<Integer> places = new ArrayList<>(tasks.size());
    for (int i = 0; i < tasks.size(); i++) {
      NewTask task = tasks.get(i);
      if (task.plain()) {
        HistorySql.bindInsert(insert, sequence.next(task.submitted()), task);
        insert.addBatch();
        places.add(i);
      }
    }
    if (places.isEmpty()) {
      return;
    }
    int[] counts = insert.executeBatch();
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] == 0) {
        conflicts.put(places.get(i), new Conflict.IdUsed());
      }
    }
  }

  private Optional<Conflict> insertSpecial(NewTask task) throws SQLException {
    if (task.claim().isPresent()) {
      Optional<Conflict> used = usedKey(task.claim().get().key());
      if (used.isPresent()) {
        return used;
      }
    }
    PreparedStatement insert = statements.of(HistorySql.INSERT);
    HistorySql.bindInsert(insert, sequence.next(task.submitted()), task);
    if (insert.executeUpdate() == 0) {
      return Optional.of(new Conflict.IdUsed());
    }
    if (task.uniqueness().isPresent()) {
      Optional<Conflict> duplicate = hold(task, task.uniqueness().get());
      if (duplicate.isPresent()) {
        PreparedStatement remove = statements.of(HistorySql.REMOVE);
        remove.setString(1, task.id());
        remove.executeUpdate();
        return duplicate;
      }
    }
    return Optional.empty();
  }

  private Optional<Conflict> usedKey(String key) throws SQLException {
    PreparedStatement find = statements.of(HistorySql.FIND_KEY);
    find.setString(1, key);
    try (ResultSet row = find.executeQuery()) {
      return row.next()
          ? Optional.of(
              new Conflict.KeyUsed(row.getString(1), row.getString(2), HistorySql.time(row, 3)))
          : Optional.empty();
    }
  }

  /** Takes the unique key, if it is free or its holder has ended, is gone or had it long enough. */
  private Optional<Conflict> hold(NewTask task, NewTask.Uniqueness uniqueness) throws SQLException {
    PreparedStatement hold = statements.of(HistorySql.HOLD_UNIQUE);
    hold.setString(1, task.name());
    hold.setString(2, uniqueness.key());
    hold.setString(3, task.id());
    hold.setLong(4, Sequence.micros(uniqueness.until()));
    String holder;
    Instant until;
    try (ResultSet row = hold.executeQuery()) {
      row.next();
      holder = row.getString(1);
      until = Sequence.instant(row.getLong(2));
    }
    if (holder.equals(task.id())) {
      return Optional.empty();
    }
    if (until.isAfter(clock.instant())) {
      Optional<State> state = stateOf(holder);
      if (state.isPresent() && !StoredTask.ended(state.get())) {
        return Optional.of(new Conflict.Duplicate(holder, state.get()));
      }
    }
    PreparedStatement pass = statements.of(HistorySql.PASS_UNIQUE_ON);
    pass.setString(1, task.id());
    pass.setLong(2, Sequence.micros(uniqueness.until()));
    pass.setString(3, task.name());
    pass.setString(4, uniqueness.key());
    pass.executeUpdate();
    return Optional.empty();
  }

  private Optional<State> stateOf(String id) throws SQLException {
    PreparedStatement find = statements.of(HistorySql.STATE_OF);
    find.setString(1, id);
    try (ResultSet row = find.executeQuery()) {
      return row.next() ? Optional.of(State.valueOf(row.getString(1))) : Optional.empty();
    }
  }
}
