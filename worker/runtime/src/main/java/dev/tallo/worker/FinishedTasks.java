package dev.tallo.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Makes the work of a task happen once, although the task may run twice: its id and result are
 * recorded in your own database, in the transaction of the work itself. Inject it, and make the
 * table {@value #TABLE} by a migration of yours:
 *
 * <pre>{@code
 * CREATE TABLE tallo_finished_task (
 *   id          VARCHAR(155) PRIMARY KEY,
 *   finished_at BIGINT NOT NULL,   -- milliseconds since 1970
 *   result      TEXT               -- JSON
 * );
 * }</pre>
 *
 * <p>The SQL is plain, so that any database with JDBC will do. Two runs at the same time both work;
 * the one that comes second cannot insert its row, fails, and is rolled back.
 */
@Singleton
public class FinishedTasks {
  /** The table's name. */
  public static final String TABLE = "tallo_finished_task";

  private final ObjectMapper mapper;

  FinishedTasks(ObjectMapper mapper) {
    this.mapper = mapper;
  }

  /** The work of a task. */
  @FunctionalInterface
  public interface Work<T extends @Nullable Object> {
    /** Does it, with the connection that is given to {@link #once}. */
    T run() throws Exception;
  }

  /**
   * Does the work and records its result, or returns the result that is recorded already. The
   * caller commits, or rolls back when this throws.
   *
   * @param connection inside a transaction
   * @param type of the result; what Jackson can write and read
   * @throws IllegalArgumentException if the connection commits by itself
   * @throws SQLException if the database fails, or the same task has finished meanwhile
   * @throws Exception what the work throws
   */
  public <T extends @Nullable Object> T once(
      Connection connection, TaskContext task, Class<T> type, Work<T> work) throws Exception {
    if (connection.getAutoCommit()) {
      throw new IllegalArgumentException(
          "connection: has to be inside a transaction (setAutoCommit(false)), so that the work and"
              + " its record are committed together");
    }
    try (PreparedStatement select =
        connection.prepareStatement("SELECT result FROM " + TABLE + " WHERE id = ?")) {
      select.setString(1, task.id());
      try (ResultSet found = select.executeQuery()) {
        if (found.next()) {
          return read(found.getString(1), type);
        }
      }
    }
    T result = work.run();
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO " + TABLE + " (id, finished_at, result) VALUES (?, ?, ?)")) {
      insert.setString(1, task.id());
      insert.setLong(2, System.currentTimeMillis());
      insert.setString(3, mapper.writeValueAsString(result));
      insert.executeUpdate();
    }
    return result;
  }

  private <T extends @Nullable Object> T read(String json, Class<T> type)
      throws JsonProcessingException {
    return mapper.readValue(json, type);
  }

  /**
   * Forgets tasks that finished before a time, at least as long ago as a task can come again: its
   * retries and delays, and a week for the dead letters. Returns how many.
   */
  public int forget(Connection connection, Instant before) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM " + TABLE + " WHERE finished_at < ?")) {
      delete.setLong(1, before.toEpochMilli());
      return delete.executeUpdate();
    }
  }
}
