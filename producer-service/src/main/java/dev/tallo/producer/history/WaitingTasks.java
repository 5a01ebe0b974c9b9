package dev.tallo.producer.history;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that are due and that no worker has begun, as far as the history knows. A look is
 * bounded: among the {@value #ROWS} oldest of each state.
 */
final class WaitingTasks {
  static final int ROWS = 20_000;

  /** Names and queues that are told apart. */
  private static final int GROUPS = 1_000;

  /** How far back it is looked for the queue that a name goes to. */
  private static final int TASKS_BEFORE = 100;

  /** Literals, so that PostgreSQL sees that the partial index by state serves. */
  private static final List<String> QUERIES =
      List.of(waiting("PENDING"), waiting("RECEIVED"), waiting("RETRY"));

  private static final String QUEUE_BEFORE =
      """
      SELECT queue FROM (
        SELECT queue, seq FROM task WHERE name = ? AND seq < ? ORDER BY seq DESC LIMIT ?)
        AS earlier
      WHERE queue IS NOT NULL ORDER BY seq DESC LIMIT 1""";

  private WaitingTasks() {}

  private static String waiting(String state) {
    return """
        SELECT name, queue, MIN(since), MIN(seq) FROM (
          SELECT name, queue, seq, CASE
              WHEN next_attempt IS NOT NULL THEN next_attempt
              WHEN eta > seq / 1024 THEN eta
              ELSE seq / 1024 END AS since
          FROM task WHERE state = '%s' AND spool_key IS NULL
            AND (eta IS NULL OR eta <= ?) AND (next_attempt IS NULL OR next_attempt <= ?)
          ORDER BY seq LIMIT ?) AS oldest
        GROUP BY name, queue ORDER BY 4 LIMIT ?"""
        .formatted(state);
  }

  /**
   * Since when the oldest one of each queue has been due. One that names no queue, and of which no
   * worker has told, counts for the queue in which a task of its name shortly before it was found;
   * the key is empty where there is none.
   */
  static Map<Optional<String>, Instant> oldest(Connection connection, Instant now)
      throws SQLException {
    Map<Optional<String>, Instant> oldest = new HashMap<>();
    for (String query : QUERIES) {
      try (PreparedStatement select = connection.prepareStatement(query)) {
        select.setLong(1, Sequence.micros(now));
        select.setLong(2, Sequence.micros(now));
        select.setInt(3, ROWS);
        select.setInt(4, GROUPS);
        try (ResultSet rows = select.executeQuery()) {
          while (rows.next()) {
            Optional<String> queue = Optional.ofNullable(rows.getString(2));
            if (queue.isEmpty()) {
              queue = queueBefore(connection, rows.getString(1), rows.getLong(4));
            }
            Instant since = HistorySql.time(rows, 3).orElseThrow();
            oldest.merge(queue, since, (a, b) -> a.isBefore(b) ? a : b);
          }
        }
      }
    }
    return oldest;
  }

  private static Optional<String> queueBefore(
      Connection connection, @Nullable String task, long place) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(QUEUE_BEFORE)) {
      select.setString(1, task);
      select.setLong(2, place);
      select.setInt(3, TASKS_BEFORE);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
      }
    }
  }
}
