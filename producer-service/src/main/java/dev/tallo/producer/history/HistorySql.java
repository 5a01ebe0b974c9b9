package dev.tallo.producer.history;

import dev.tallo.messaging.protocol.State;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The statements of the history, in SQL that SQLite and PostgreSQL take alike. */
final class HistorySql {
  /** What a row takes besides its texts, about. */
  private static final int ROW_SIZE = 300;

  /** Counts 0 when the id is used. */
  static final String INSERT =
      """
      INSERT INTO task (seq, id, name, state, queue, priority, args, kwargs, headers, eta, expires,
        max_retries, time_limit, soft_time_limit, ignore_result, callback_url, idempotency_key,
        fingerprint, claimed_until, size, retries)
      VALUES (?, ?, ?, 'PENDING', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
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
        group_id, size)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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
        progress_done = CASE WHEN excluded.state <> 'RETRY' THEN task.progress_done END,
        progress_total = CASE WHEN excluded.state <> 'RETRY' THEN task.progress_total END,
        progress_note = CASE WHEN excluded.state <> 'RETRY' THEN task.progress_note END,
        progress_at = CASE WHEN excluded.state <> 'RETRY' THEN task.progress_at END,
        callback_due = CASE
          WHEN task.callback_url IS NOT NULL AND task.callback_due IS NULL
            AND excluded.state <> 'RETRY' THEN excluded.finished
          ELSE task.callback_due END,
        size = COALESCE(task.size, 0) + excluded.size,
        parent_id = COALESCE(excluded.parent_id, task.parent_id),
        root_id = COALESCE(excluded.root_id, task.root_id),
        group_id = COALESCE(excluded.group_id, task.group_id)
      WHERE task.state <> 'SUCCESS'
        AND (excluded.state = 'SUCCESS' OR task.finished IS NULL
          OR excluded.finished >= task.finished)""";

  /** An attempt that is under way changes nothing about one that ended later, or began later. */
  static final String ADVANCE =
      """
      INSERT INTO task (seq, id, name, state, worker, retries, received, started, progress_done,
        progress_total, progress_note, progress_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET
        name = COALESCE(task.name, excluded.name),
        state = excluded.state,
        worker = excluded.worker,
        retries = COALESCE(excluded.retries, task.retries),
        received = COALESCE(excluded.received, task.received),
        started = COALESCE(excluded.started, task.started),
        progress_done = COALESCE(excluded.progress_done, task.progress_done),
        progress_total = COALESCE(excluded.progress_total, task.progress_total),
        progress_note = CASE WHEN excluded.progress_at IS NULL
          THEN task.progress_note ELSE excluded.progress_note END,
        progress_at = COALESCE(excluded.progress_at, task.progress_at)
      WHERE task.state IN ('PENDING', 'RECEIVED', 'STARTED', 'RETRY')
        AND (task.finished IS NULL
          OR COALESCE(excluded.progress_at, excluded.started, excluded.received) > task.finished)
        AND (task.started IS NULL
          OR COALESCE(excluded.progress_at, excluded.started, excluded.received)
            >= task.started)""";

  private static final String COLUMNS =
      """
      seq, id, name, state, queue, priority, args, kwargs, headers, eta, expires, max_retries,
      time_limit, soft_time_limit, ignore_result, retries, worker, received, started,
      progress_done, progress_total, progress_note, progress_at, finished, result, error_type,
      error_message, traceback, callback_url, parent_id, root_id, group_id""";

  static final String FIND = "SELECT " + COLUMNS + " FROM task WHERE id = ?";

  /** The task of an idempotency key. */
  static final String FIND_KEY =
      "SELECT id, fingerprint, claimed_until FROM task WHERE idempotency_key = ?";

  /** The broker has it: requests of the same key are answered with it from now on. */
  static final String CONFIRM = "UPDATE task SET claimed_until = NULL WHERE id = ?";

  /** Counts 1 for the one request that may publish a task which its own request left unclear. */
  static final String TAKE_OVER =
      "UPDATE task SET claimed_until = ? WHERE id = ? AND claimed_until <= ?";

  /**
   * Takes a free unique key, and locks a taken one until the transaction ends, so that what is read
   * of its holder afterwards is true.
   */
  static final String HOLD_UNIQUE =
      """
      INSERT INTO unique_task (name, unique_key, task_id, held_until) VALUES (?, ?, ?, ?)
      ON CONFLICT (name, unique_key) DO UPDATE SET held_until = unique_task.held_until
      RETURNING task_id, held_until""";

  static final String STATE_OF = "SELECT state FROM task WHERE id = ?";

  static final String PASS_UNIQUE_ON =
      "UPDATE unique_task SET task_id = ?, held_until = ? WHERE name = ? AND unique_key = ?";

  static final String FORGET_UNIQUE = "DELETE FROM unique_task WHERE held_until < ?";

  /** The ended tasks whose callback was not sent, the oldest first. */
  static final String DUE_CALLBACKS =
      "SELECT "
          + COLUMNS
          + " FROM task WHERE callback_due > 0 AND callback_due > ? ORDER BY callback_due LIMIT ?";

  static final String CALLBACK_SENT = "UPDATE task SET callback_due = 0 WHERE id = ?";

  /** The oldest tasks after a place and before another: which of them ended, and when. */
  static final String OLDEST =
      """
      SELECT seq, finished FROM task
      WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?""";

  /** How many tasks a page below a place has, what they take, and where the page ends. */
  static final String PAGE_SIZE =
      """
      SELECT COUNT(*), COALESCE(SUM(size), 0), MIN(seq)
      FROM (SELECT seq, size FROM task WHERE seq < ? ORDER BY seq DESC LIMIT ?) AS page""";

  /** An ended task whose callback, if it has one, was sent. */
  static final String EXPIRE =
      """
      DELETE FROM task WHERE seq = ?
        AND state IN ('SUCCESS', 'FAILURE', 'REVOKED', 'REJECTED', 'IGNORED')
        AND (callback_due IS NULL OR callback_due = 0)""";

  /** How many ids {@link #CHANGES} asks for; places that are not needed repeat one. */
  static final int CHANGES_IDS = 64;

  /** What a watcher may want to see of some tasks. */
  static final String CHANGES =
      "SELECT id, state, retries, received, started, progress_at, finished FROM task WHERE id IN ("
          + String.join(", ", Collections.nCopies(CHANGES_IDS, "?"))
          + ")";

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
    setTime(insert, 9, task.eta());
    setTime(insert, 10, task.expires());
    setNumber(insert, 11, task.limits().maxRetries());
    setDuration(insert, 12, task.limits().timeLimit());
    setDuration(insert, 13, task.limits().softTimeLimit());
    insert.setInt(14, task.ignoreResult() ? 1 : 0);
    setText(insert, 15, task.callbackUrl());
    setText(insert, 16, task.claim().map(NewTask.Claim::key));
    setText(insert, 17, task.claim().map(NewTask.Claim::fingerprint));
    setTime(insert, 18, task.claim().map(NewTask.Claim::until));
    insert.setLong(
        19,
        ROW_SIZE
            + task.args().length()
            + task.kwargs().length()
            + task.headers().map(String::length).orElse(0));
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
    setNumber(record, 8, outcome.retries());
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
    record.setLong(
        20,
        outcome.result().map(String::length).orElse(0)
            + outcome.error().map(TaskError::size).orElse(0));
  }

  static void bindAdvance(PreparedStatement advance, long seq, TaskProgress progress)
      throws SQLException {
    advance.setLong(1, seq);
    advance.setString(2, progress.id());
    setText(advance, 3, progress.name());
    advance.setString(4, (progress.running() ? State.STARTED : State.RECEIVED).name());
    advance.setString(5, progress.worker());
    setNumber(advance, 6, progress.retries());
    setTime(advance, 7, progress.received());
    setTime(advance, 8, progress.started());
    if (progress.progress().isPresent()) {
      Progress reached = progress.progress().get();
      advance.setDouble(9, reached.done());
      advance.setDouble(10, reached.total());
      setText(advance, 11, reached.note());
      advance.setLong(12, Sequence.micros(reached.at()));
    } else {
      advance.setNull(9, Types.DOUBLE);
      advance.setNull(10, Types.DOUBLE);
      advance.setNull(11, Types.VARCHAR);
      advance.setNull(12, Types.BIGINT);
    }
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
    Optional<String> errorType = text(row, 26);
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
        time(row, 11),
        new TaskLimits(number(row, 12), duration(row, 13), duration(row, 14)),
        row.getInt(15) == 1,
        row.getInt(16),
        text(row, 17),
        Sequence.timeOf(seq),
        time(row, 18),
        time(row, 19),
        progress(row, 20),
        time(row, 24),
        text(row, 25),
        errorType.isPresent()
            ? Optional.of(new TaskError(errorType.get(), text(row, 27).orElse(""), text(row, 28)))
            : Optional.empty(),
        text(row, 29),
        new TaskOutcome.Relations(text(row, 30), text(row, 31), text(row, 32)));
  }

  /** From the column of {@code progress_done} on. */
  private static Optional<Progress> progress(ResultSet row, int first) throws SQLException {
    Optional<Instant> at = time(row, first + 3);
    return at.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Progress(
                row.getDouble(first), row.getDouble(first + 1), text(row, first + 2), at.get()));
  }

  private static void setText(PreparedStatement statement, int index, Optional<String> text)
      throws SQLException {
    @Nullable String value = text.orElse(null);
    if (value == null) {
      statement.setNull(index, Types.VARCHAR);
    } else {
      // PostgreSQL's text has no room for it; JSON has it escaped, an exception's message may not.
      statement.setString(index, value.indexOf('\0') < 0 ? value : value.replace('\0', '\uFFFD'));
    }
  }

  private static void setNumber(PreparedStatement statement, int index, OptionalInt number)
      throws SQLException {
    if (number.isPresent()) {
      statement.setInt(index, number.getAsInt());
    } else {
      statement.setNull(index, Types.INTEGER);
    }
  }

  private static void setDuration(PreparedStatement statement, int index, Optional<Duration> time)
      throws SQLException {
    if (time.isPresent()) {
      statement.setLong(index, time.get().toMillis());
    } else {
      statement.setNull(index, Types.BIGINT);
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

  private static Optional<Duration> duration(ResultSet row, int column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? Optional.empty() : Optional.of(Duration.ofMillis(value));
  }

  static Optional<Instant> time(ResultSet row, int column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? Optional.empty() : Optional.of(Sequence.instant(value));
  }
}
