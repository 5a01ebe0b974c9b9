package dev.tallo.producer.history;

import dev.tallo.messaging.protocol.State;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Stores new tasks within the writer's transaction. Those that are tasks and no more go in one
 * batch; one with an idempotency key or a unique key takes some statements of its own.
 */
final class Insertion {
  private static final int PLACES_TRIED = 3;

  private final Statements statements;
  private final Sequence sequence;
  private final Clock clock;
  private final long orphans;

  /**
   * @param orphans tasks of lower places are claimed by nobody who lives
   */
  Insertion(Statements statements, Sequence sequence, Clock clock, long orphans) {
    this.statements = statements;
    this.sequence = sequence;
    this.clock = clock;
    this.orphans = orphans;
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
    List<Integer> places =
        IntStream.range(0, tasks.size()).filter(i -> tasks.get(i).plain()).boxed().toList();
    BitSet stored = insert(places.stream().map(tasks::get).toList());
    Set<String> before = new HashSet<>();
    for (int i = 0; i < places.size(); i++) {
      String id = tasks.get(places.get(i)).id();
      boolean first = before.add(id);
      if (!stored.get(i)) {
        conflicts.put(places.get(i), first ? idTaken(id) : new Conflict.IdUsed());
      }
    }
  }

  private BitSet insert(List<NewTask> tasks) throws SQLException {
    return HistorySql.INSERT.insert(
        statements,
        tasks,
        (row, task) -> HistorySql.bindInsert(row, sequence.next(task.submitted()), task),
        (statement, from) -> {
          statement.setLong(from, Sequence.micros(clock.instant()));
          statement.setLong(from + 1, orphans);
        });
  }

  private Optional<Conflict> insertSpecial(NewTask task) throws SQLException {
    Optional<Conflict> taken =
        task.claim().isPresent() ? insertKeyed(task, task.claim().get().key()) : insert(task);
    if (taken.isPresent()) {
      return taken;
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

  private Optional<Conflict> insert(NewTask task) throws SQLException {
    return insert(List.of(task)).isEmpty() ? Optional.of(idTaken(task.id())) : Optional.empty();
  }

  /** Another replica may store a task of the same key at the same time: one of the two does. */
  private Optional<Conflict> insertKeyed(NewTask task, String key) throws SQLException {
    PreparedStatement insert = statements.of(HistorySql.INSERT_KEYED);
    for (int attempt = 0; attempt < PLACES_TRIED; attempt++) {
      HistorySql.bindInsert(Parameters.of(insert), sequence.next(task.submitted()), task);
      if (insert.executeUpdate() > 0) {
        return Optional.empty();
      }
      Optional<Conflict> used = usedKey(key);
      if (used.isPresent()) {
        return used;
      }
      if (stateOf(task.id()).isPresent()) {
        return Optional.of(idTaken(task.id()));
      }
      // Neither key nor id, so it was the place: another replica has a task of the same instant.
    }
    throw new SQLException("no free place was found for task " + task.id());
  }

  private Conflict idTaken(String id) throws SQLException {
    PreparedStatement find = statements.of(HistorySql.CLAIMED);
    find.setString(1, id);
    try (ResultSet row = find.executeQuery()) {
      return row.next() ? new Conflict.IdClaimed() : new Conflict.IdUsed();
    }
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
