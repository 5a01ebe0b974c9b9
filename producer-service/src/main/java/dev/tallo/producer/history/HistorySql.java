package dev.tallo.producer.history;

import dev.tallo.messaging.protocol.State;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The statements of the history, in SQL that SQLite and PostgreSQL take alike. */
final class HistorySql {

  /** Counts 0 when the id is used. */
  static final String INSERT =
      """
      INSERT INTO task (seq, id, name, state, queue, priority, args, kwargs, headers, expires,
        ignore_result, retries)
      VALUES (?, ?, ?, 'PENDING', ?, ?, ?, ?, ?, ?, ?, 0)
      ON CONFLICT (id) DO NOTHING""";

  /** Only what nobody has begun to work on. */
  static final String REMOVE = "DELETE FROM task WHERE id = ? AND state = 'PENDING'";

  /**
   * SUCCESS is final. Another outcome gives way to a later one: a task may be run again after it
   * failed, and reports of two attempts may come in out of order.
   */
  static final String RECORD =
      """
      INSERT INTO task (seq, id, name, state, queue, args, kwargs, retries, worker, received,
        started, finished, result, error_type, error_message, traceback, parent_id, root_id,
        group_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET
        name = COALESCE(task.name, excluded.name),
        state = excluded.state,
        queue = COALESCE(excluded.queue, task.queue),
        args = COALESCE(task.args, excluded.args),
        kwargs = COALESCE(task.kwargs, excluded.kwargs),
        retries = COALESCE(excluded.retries, task.retries),
        worker = COALESCE(excluded.worker, task.worker),
        received = COALESCE(excluded.received, task.received),
        started = COALESCE(excluded.started, task.started),
        finished = excluded.finished,
        result = excluded.result,
        error_type = excluded.error_type,
        error_message = excluded.error_message,
        traceback = excluded.traceback,
        parent_id = COALESCE(excluded.parent_id, task.parent_id),
        root_id = COALESCE(excluded.root_id, task.root_id),
        group_id = COALESCE(excluded.group_id, task.group_id)
      WHERE task.state <> 'SUCCESS'
        AND (excluded.state = 'SUCCESS' OR task.finished IS NULL
          OR excluded.finished >= task.finished)""";

  /** An attempt that is under way changes nothing about one that ended later, or began later. */
  static final String ADVANCE =
      """
      INSERT INTO task (seq, id, name, state, worker, received, started)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET
        name = COALESCE(task.name, excluded.name),
        state = excluded.state,
        worker = excluded.worker,
        received = COALESCE(excluded.received, task.received),
        started = COALESCE(excluded.started, task.started)
      WHERE task.state IN ('PENDING', 'RECEIVED', 'STARTED', 'RETRY')
        AND (task.finished IS NULL
          OR COALESCE(excluded.started, excluded.received) > task.finished)
        AND (task.started IS NULL
          OR COALESCE(excluded.started, excluded.received) >= task.started)""";

  private static final String COLUMNS =
      """
      seq, id, name, state, queue, priority, args, kwargs, headers, expires, ignore_result,
      retries, worker, received, started, finished, result, error_type, error_message, traceback,
      parent_id, root_id, group_id""";

  static final String FIND = "SELECT " + COLUMNS + " FROM task WHERE id = ?";

  private HistorySql() {}

  static void bindInsert(PreparedStatement insert, long seq, NewTask task) throws SQLException {
    insert.setLong(1, seq);
    insert.setString(2, task.id());
    insert.setString(3, task.name());
    setText(insert, 4, task.queue());
    insert.setInt(5, task.priority());
    insert.setString(6, task.args());
    insert.setString(7, task.kwargs());
    setText(insert, 8, task.headers());
    setTime(insert, 9, task.expires());
    insert.setInt(10, task.ignoreResult() ? 1 : 0);
  }

  static void bindRecord(PreparedStatement record, long seq, TaskOutcome outcome)
      throws SQLException {
    record.setLong(1, seq);
    record.setString(2, outcome.id());
    setText(record, 3, outcome.name());
    record.setString(4, outcome.state().name());
    setText(record, 5, outcome.queue());
    setText(record, 6, outcome.args());
    setText(record, 7, outcome.kwargs());
    if (outcome.retries().isPresent()) {
      record.setInt(8, outcome.retries().getAsInt());
    } else {
      record.setNull(8, Types.INTEGER);
    }
    setText(record, 9, outcome.worker());
    setTime(record, 10, outcome.received());
    setTime(record, 11, outcome.started());
    record.setLong(12, Sequence.micros(outcome.finished()));
    setText(record, 13, outcome.result());
    setText(record, 14, outcome.error().map(TaskError::type));
    setText(record, 15, outcome.error().map(TaskError::message));
    setText(record, 16, outcome.error().flatMap(TaskError::traceback));
    setText(record, 17, outcome.relations().parentId());
    setText(record, 18, outcome.relations().rootId());
    setText(record, 19, outcome.relations().groupId());
  }

  static void bindAdvance(PreparedStatement advance, long seq, TaskProgress progress)
      throws SQLException {
    advance.setLong(1, seq);
    advance.setString(2, progress.id());
    setText(advance, 3, progress.name());
    advance.setString(4, (progress.running() ? State.STARTED : State.RECEIVED).name());
    advance.setString(5, progress.worker());
    setTime(advance, 6, progress.received());
    setTime(advance, 7, progress.started());
  }

  /** A page's statement and its parameters. */
  record Query(String sql, List<Object> parameters) {}

  /** Asks for one task more than the page holds, to know whether there is another page. */
  static Query list(TaskFilter filter) {
    List<String> conditions = new ArrayList<>();
    List<Object> parameters = new ArrayList<>();
    filter
        .task()
        .ifPresent(
            task -> {
              conditions.add("name = ?");
              parameters.add(task);
            });
    filter
        .state()
        .ifPresent(
            state -> {
              conditions.add("state = ?");
              parameters.add(state.name());
              if (state != State.SUCCESS) {
                conditions.add("state <> 'SUCCESS'"); // what the partial index asks for
              }
            });
    filter
        .queue()
        .ifPresent(
            queue -> {
              conditions.add("queue = ?");
              parameters.add(queue);
            });
    filter
        .since()
        .ifPresent(
            since -> {
              conditions.add("seq >= ?");
              parameters.add(Sequence.first(since));
            });
    filter
        .until()
        .ifPresent(
            until -> {
              conditions.add("seq < ?");
              parameters.add(Sequence.first(until));
            });
    filter
        .before()
        .ifPresent(
            before -> {
              conditions.add("seq < ?");
              parameters.add(before);
            });
    parameters.add(filter.limit() + 1);
    String where = conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    return new Query(
        "SELECT " + COLUMNS + " FROM task" + where + " ORDER BY seq DESC LIMIT ?", parameters);
  }

  static StoredTask read(ResultSet row) throws SQLException {
    long seq = row.getLong(1);
    Optional<String> errorType = text(row, 18);
    return new StoredTask(
        seq,
        row.getString(2),
        text(row, 3),
        State.valueOf(row.getString(4)),
        text(row, 5),
        number(row, 6),
        text(row, 7),
        text(row, 8),
        text(row, 9),
        time(row, 10),
        row.getInt(11) == 1,
        row.getInt(12),
        text(row, 13),
        Sequence.timeOf(seq),
        time(row, 14),
        time(row, 15),
        time(row, 16),
        text(row, 17),
        errorType.isPresent()
            ? Optional.of(new TaskError(errorType.get(), text(row, 19).orElse(""), text(row, 20)))
            : Optional.empty(),
        new TaskOutcome.Relations(text(row, 21), text(row, 22), text(row, 23)));
  }

  private static void setText(PreparedStatement statement, int index, Optional<String> text)
      throws SQLException {
    @Nullable String value = text.orElse(null);
    if (value == null) {
      statement.setNull(index, Types.VARCHAR);
    } else {
      statement.setString(index, value);
    }
  }

  private static void setTime(PreparedStatement statement, int index, Optional<Instant> time)
      throws SQLException {
    if (time.isPresent()) {
      statement.setLong(index, Sequence.micros(time.get()));
    } else {
      statement.setNull(index, Types.BIGINT);
    }
  }

  private static Optional<String> text(ResultSet row, int column) throws SQLException {
    return Optional.ofNullable(row.getString(column));
  }

  private static OptionalInt number(ResultSet row, int column) throws SQLException {
    int value = row.getInt(column);
    return row.wasNull() ? OptionalInt.empty() : OptionalInt.of(value);
  }

  private static Optional<Instant> time(ResultSet row, int column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? Optional.empty() : Optional.of(Sequence.instant(value));
  }
}
