package dev.tallo.producer.history;

import static dev.tallo.producer.history.ManyRows.Column.ofNumbers;
import static dev.tallo.producer.history.ManyRows.Column.ofTexts;

import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.messaging.protocol.State;
import dev.tallo.producer.history.ManyRows.Column;
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

/**
 * The statements of the history, in SQL that SQLite and PostgreSQL take alike, but for those of
 * many rows, which are PostgreSQL's.
 */
final class HistorySql {
  private static final List<Column> NEW_COLUMNS =
      List.of(
          ofNumbers("seq"),
          ofTexts("id"),
          ofTexts("name"),
          ofTexts("queue"),
          ofNumbers("priority"),
          ofTexts("args"),
          ofTexts("kwargs"),
          ofTexts("headers"),
          ofNumbers("eta"),
          ofNumbers("expires"),
          ofNumbers("max_retries"),
          ofNumbers("time_limit"),
          ofNumbers("soft_time_limit"),
          ofNumbers("ignore_result"),
          ofTexts("callback_url"),
          ofTexts("idempotency_key"),
          ofTexts("fingerprint"),
          ofNumbers("claimed_until"),
          ofNumbers("size"),
          ofNumbers("retry_backoff"),
          ofNumbers("retry_backoff_max"),
          ofTexts("retry_on"),
          ofTexts("give_up_on"),
          ofTexts("retry_of"),
          ofTexts("root_id"),
          ofTexts("spool_key"),
          ofNumbers("spooled"));

  private static final List<Column> OUTCOME_COLUMNS =
      List.of(
          ofNumbers("seq"),
          ofTexts("id"),
          ofTexts("name"),
          ofTexts("state"),
          ofTexts("queue"),
          ofTexts("args"),
          ofTexts("kwargs"),
          ofNumbers("retries"),
          ofTexts("worker"),
          ofNumbers("received"),
          ofNumbers("started"),
          ofNumbers("finished"),
          ofTexts("result"),
          ofTexts("error_type"),
          ofTexts("error_message"),
          ofTexts("traceback"),
          ofTexts("parent_id"),
          ofTexts("root_id"),
          ofTexts("group_id"),
          ofNumbers("size"),
          ofNumbers("next_attempt"),
          ofNumbers("provisional"));

  private static final String NEW_ROW =
      "INSERT INTO task (%s, state, retries) VALUES (%s, 'PENDING', 0)\n"
          .formatted(Column.names(NEW_COLUMNS), places(NEW_COLUMNS));

  private static String places(List<Column> columns) {
    return String.join(", ", Collections.nCopies(columns.size(), "?"));
  }

  /** Counts 0 when the idempotency key, the id or the place is used, also since this moment. */
  static final String INSERT_KEYED = NEW_ROW + "ON CONFLICT DO NOTHING";

  private static final String UNLESS_USED =
      """
      ON CONFLICT (id) DO UPDATE SET
        seq = excluded.seq,
        eta = excluded.eta,
        expires = excluded.expires,
        claimed_until = excluded.claimed_until,
        spool_key = excluded.spool_key,
        spooled = excluded.spooled
      WHERE task.state = 'PENDING'
        AND (task.claimed_until <= ? OR (task.claimed_until IS NOT NULL AND task.seq < ?))
        AND task.idempotency_key IS NULL
        AND task.spool_key IS NULL
        AND task.name = excluded.name
        AND task.args = excluded.args
        AND task.kwargs = excluded.kwargs""";

  /**
   * Counts 0 when the id is used. The same task that was stored before and perhaps not published,
   * because its replica died or the broker did not say, is stored as if it were new.
   */
  static final RowInsert<NewTask> INSERT =
      new RowInsert<>(
          NEW_ROW + UNLESS_USED,
          ManyRows.insert(NEW_COLUMNS, ", state, retries", ", 'PENDING', 0")
              + UNLESS_USED
              + " RETURNING id",
          NEW_COLUMNS,
          NewTask::id);

  /** Whether a task that was stored may yet have to be published. */
  static final String CLAIMED =
      "SELECT 1 FROM task WHERE id = ? AND state = 'PENDING' AND claimed_until IS NOT NULL";

  /** Nobody publishes it any more, and it is not known whether the broker has it. */
  static final String RELEASE =
      "UPDATE task SET claimed_until = ? WHERE id = ? AND state = 'PENDING'";

  /** One that is not to be stored after all. */
  static final String REMOVE = "DELETE FROM task WHERE id = ? AND state = 'PENDING'";

  /** Only what nobody has begun to work on, and what no other request has claimed since. */
  static final String TAKE_BACK =
      REMOVE + " AND claimed_until IS NOT DISTINCT FROM CAST(? AS BIGINT)";

  /** The states of tasks that have ended. */
  static final String ENDED = "('SUCCESS', 'FAILURE', 'REVOKED', 'REJECTED', 'IGNORED')";

  private static final String ON_STORED_TASK =
      """
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
        next_attempt = excluded.next_attempt,
        provisional = excluded.provisional,
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
        spool_key = NULL,
        spooled = NULL,
        size = COALESCE(task.size, 0) + excluded.size,
        parent_id = COALESCE(excluded.parent_id, task.parent_id),
        root_id = COALESCE(excluded.root_id, task.root_id),
        group_id = COALESCE(excluded.group_id, task.group_id)
      WHERE\s""";

  private static final String UPSERT_OUTCOME =
      "INSERT INTO task (%s) VALUES (%s)\n"
              .formatted(Column.names(OUTCOME_COLUMNS), places(OUTCOME_COLUMNS))
          + ON_STORED_TASK;

  private static final String COUNTS_MORE =
      """
      task.provisional = 1
        OR (task.state NOT IN %s
          AND (excluded.state = 'SUCCESS'
            OR COALESCE(excluded.retries, task.retries, 0) > COALESCE(task.retries, 0)
            OR (COALESCE(excluded.retries, task.retries, 0) = COALESCE(task.retries, 0)
              AND (task.finished IS NULL OR excluded.finished >= task.finished))))"""
          .formatted(ENDED);

  /**
   * In whatever order the reports of the attempts come in, the latest attempt counts: of two
   * reports of one attempt the later one. An end stays, unless it is provisional.
   */
  static final RowInsert<TaskOutcome> RECORD =
      new RowInsert<>(
          UPSERT_OUTCOME + COUNTS_MORE,
          ManyRows.insert(OUTCOME_COLUMNS, "", "")
              + ON_STORED_TASK
              + "("
              + COUNTS_MORE
              + ") RETURNING id",
          OUTCOME_COLUMNS,
          TaskOutcome::id);

  /** A success of another run counts more than that one failed. */
  static final String RECORD_SUCCESS = UPSERT_OUTCOME + "task.state <> 'SUCCESS'";

  /** The end of a task that nobody reported. */
  static final String RECORD_UNREPORTED = UPSERT_OUTCOME + "task.state NOT IN " + ENDED;

  /** How a task has ended, if it has. */
  static final String END_OF =
      "SELECT state, finished FROM task WHERE id = ? AND state IN " + ENDED;

  /** An attempt that is under way changes nothing about one that ended later, or began later. */
  static final String ADVANCE =
      """
      INSERT INTO task (seq, id, name, state, worker, retries, received, started, progress_done,
        progress_total, progress_note, progress_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET
        name = COALESCE(task.name, excluded.name),
        state = excluded.state,
        provisional = NULL,
        worker = excluded.worker,
        retries = COALESCE(excluded.retries,
          CASE WHEN task.provisional = 1 THEN 0 ELSE task.retries END),
        received = COALESCE(excluded.received, task.received),
        started = COALESCE(excluded.started, task.started),
        progress_done = COALESCE(excluded.progress_done, task.progress_done),
        progress_total = COALESCE(excluded.progress_total, task.progress_total),
        progress_note = CASE WHEN excluded.progress_at IS NULL
          THEN task.progress_note ELSE excluded.progress_note END,
        progress_at = COALESCE(excluded.progress_at, task.progress_at)
      WHERE (task.state IN ('PENDING', 'RECEIVED', 'STARTED', 'RETRY') OR task.provisional = 1)
        AND (excluded.retries IS NULL OR task.retries IS NULL OR task.provisional = 1
          OR excluded.retries >= task.retries)
        AND (task.finished IS NULL
          OR COALESCE(excluded.progress_at, excluded.started, excluded.received) > task.finished)
        AND (task.started IS NULL
          OR COALESCE(excluded.progress_at, excluded.started, excluded.received)
            >= task.started)""";

  /** Where {@link #COLUMNS} have the state of the spool. */
  static final int SPOOLED = 41;

  static final String COLUMNS =
      """
      seq, id, name, state, queue, priority, args, kwargs, headers, eta, expires, max_retries,
      time_limit, soft_time_limit, ignore_result, retries, worker, received, started,
      progress_done, progress_total, progress_note, progress_at, finished, result, error_type,
      error_message, traceback, callback_url, parent_id, root_id, group_id, retry_backoff,
      retry_backoff_max, retry_on, give_up_on, next_attempt, revoke_requested, revoke_terminate,
      retry_of, spooled""";

  private static final String SEPARATOR = ",";

  static final String FIND = "SELECT " + COLUMNS + " FROM task WHERE id = ?";

  /**
   * The task of an idempotency key. One that was begun has reached the broker, whatever it said.
   */
  static final String FIND_KEY =
      """
      SELECT id, fingerprint, CASE WHEN state = 'PENDING' THEN claimed_until END AS claimed_until
      FROM task WHERE idempotency_key = ?""";

  /** The broker has it: requests of the same key or id are answered with it from now on. */
  static final String CONFIRM = "UPDATE task SET claimed_until = NULL WHERE id = ?";

  /** Counts 1 for the one request that may publish a task which its own request left unclear. */
  static final String TAKE_OVER =
      "UPDATE task SET claimed_until = ? WHERE id = ? AND claimed_until <= ? AND state = 'PENDING'";

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

  /** Goes from queue to queue by the index, whatever the number of tasks. */
  static final String QUEUES =
      """
      WITH RECURSIVE used (queue) AS (
        SELECT MIN(queue) FROM task WHERE queue IS NOT NULL
        UNION ALL
        SELECT (SELECT MIN(task.queue) FROM task WHERE task.queue > used.queue)
        FROM used WHERE used.queue IS NOT NULL)
      SELECT queue FROM used WHERE queue IS NOT NULL LIMIT ?""";

  /** The ended tasks whose callback was not sent, the oldest first. */
  static final String DUE_CALLBACKS =
      "SELECT "
          + COLUMNS
          + ", callback_due FROM task WHERE callback_due > 0 AND callback_due > ?"
          + " ORDER BY callback_due LIMIT ?";

  static final String CALLBACK_SENT =
      "UPDATE task SET callback_due = 0 WHERE id = ? AND callback_due = ?";

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

  /** An ended task whose callback, if it has one, was sent, and that has no dead letter. */
  static final String EXPIRE =
      """
      DELETE FROM task WHERE seq = ?
        AND state IN %s
        AND (callback_due IS NULL OR callback_due = 0)
        AND NOT EXISTS (SELECT 1 FROM dead_letter WHERE dead_letter.task_id = task.id)"""
          .formatted(ENDED);

  /** How many ids {@link #CHANGES} asks for; places that are not needed repeat one. */
  static final int CHANGES_IDS = 64;

  /** What a watcher may want to see of some tasks. */
  static final String CHANGES =
      "SELECT id, state, retries, received, started, progress_at, finished FROM task WHERE id IN ("
          + String.join(", ", Collections.nCopies(CHANGES_IDS, "?"))
          + ")";

  private HistorySql() {}

  static void bindInsert(Parameters insert, long seq, NewTask task) throws SQLException {
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
    RetryOptions retry = task.limits().retry();
    setNumber(insert, 11, retry.maxRetries());
    setDuration(insert, 12, task.limits().timeLimit());
    setDuration(insert, 13, task.limits().softTimeLimit());
    insert.setInt(14, task.ignoreResult() ? 1 : 0);
    setText(insert, 15, task.callbackUrl());
    setText(insert, 16, task.claim().map(NewTask.Claim::key));
    setText(insert, 17, task.claim().map(NewTask.Claim::fingerprint));
    // What waits here needs no request to publish it.
    setTime(insert, 18, task.storedClaim());
    insert.setLong(19, task.size());
    setDuration(insert, 20, retry.backOff());
    setDuration(insert, 21, retry.maxBackOff());
    setText(insert, 22, names(retry.retryOn()));
    setText(insert, 23, names(retry.giveUpOn()));
    setText(insert, 24, task.rerun().map(NewTask.Rerun::of));
    setText(insert, 25, task.rerun().map(NewTask.Rerun::rootId));
    setText(insert, 26, task.spoolKey());
    setNumber(insert, 27, task.spoolKey().isPresent() ? OptionalInt.of(1) : OptionalInt.empty());
  }

  private static Optional<String> names(List<String> names) {
    return names.isEmpty() ? Optional.empty() : Optional.of(String.join(SEPARATOR, names));
  }

  /**
   * @param provisional whether anything that a worker reports counts more
   */
  static void bindRecord(Parameters record, long seq, TaskOutcome outcome, boolean provisional)
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
    setTime(record, 21, outcome.nextAttempt());
    setNumber(record, 22, provisional ? OptionalInt.of(1) : OptionalInt.empty());
  }

  static void bindAdvance(Parameters advance, long seq, TaskProgress progress) throws SQLException {
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
        new TaskLimits(retry(row), duration(row, 13), duration(row, 14)),
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
        new TaskOutcome.Relations(text(row, 30), text(row, 31), text(row, 32)),
        time(row, 37),
        revocation(row),
        text(row, 40),
        row.getInt(SPOOLED) > 0);
  }

  private static RetryOptions retry(ResultSet row) throws SQLException {
    return new RetryOptions(
        number(row, 12), duration(row, 33), duration(row, 34), names(row, 35), names(row, 36));
  }

  private static List<String> names(ResultSet row, int column) throws SQLException {
    return text(row, column).map(names -> List.of(names.split(SEPARATOR))).orElse(List.of());
  }

  private static Optional<StoredTask.Revocation> revocation(ResultSet row) throws SQLException {
    boolean terminate = row.getInt(39) == 1;
    return time(row, 38).map(at -> new StoredTask.Revocation(at, terminate));
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

  static void setText(Parameters statement, int index, Optional<String> text) throws SQLException {
    @Nullable String value = text.orElse(null);
    if (value == null) {
      statement.setNull(index, Types.VARCHAR);
    } else {
      // PostgreSQL's text has no room for it; JSON has it escaped, an exception's message may not.
      statement.setString(index, value.indexOf('\0') < 0 ? value : value.replace('\0', '\uFFFD'));
    }
  }

  static void setNumber(Parameters statement, int index, OptionalInt number) throws SQLException {
    if (number.isPresent()) {
      statement.setInt(index, number.getAsInt());
    } else {
      statement.setNull(index, Types.INTEGER);
    }
  }

  private static void setDuration(Parameters statement, int index, Optional<Duration> time)
      throws SQLException {
    if (time.isPresent()) {
      statement.setLong(index, time.get().toMillis());
    } else {
      statement.setNull(index, Types.BIGINT);
    }
  }

  static void setTime(Parameters statement, int index, Optional<Instant> time) throws SQLException {
    if (time.isPresent()) {
      statement.setLong(index, Sequence.micros(time.get()));
    } else {
      statement.setNull(index, Types.BIGINT);
    }
  }

  static Optional<String> text(ResultSet row, int column) throws SQLException {
    return Optional.ofNullable(row.getString(column));
  }

  static OptionalInt number(ResultSet row, int column) throws SQLException {
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
