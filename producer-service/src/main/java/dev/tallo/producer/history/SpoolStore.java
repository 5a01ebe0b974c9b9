package dev.tallo.producer.history;

import dev.tallo.messaging.protocol.State;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * The tasks that wait in the history for the broker. A task leaves when the broker has it, when it
 * is revoked, or when it ends without having been run. While it certainly was not published it can
 * be revoked by this store alone.
 */
@Singleton
public class SpoolStore {
  private static final String WAITING =
      """
      SELECT spool_key, COUNT(*), COALESCE(SUM(size), 0) FROM task
      WHERE spool_key IS NOT NULL GROUP BY spool_key""";

  private static final String OLDEST_SIZES =
      """
      SELECT COALESCE(size, 0) FROM task
      WHERE spool_key IS NOT NULL AND spool_key = ? ORDER BY seq LIMIT ?""";

  private static final String OLDEST =
      "SELECT "
          + HistorySql.COLUMNS
          + " FROM task WHERE spool_key IS NOT NULL AND spool_key = ? ORDER BY seq LIMIT ?";

  private static final String SPOOL =
      "UPDATE task SET spool_key = ?, spooled = ?, claimed_until = NULL"
          + " WHERE id = ? AND state = 'PENDING'";

  private static final String CLAIM =
      "UPDATE task SET spooled = 2 WHERE id = ? AND spool_key IS NOT NULL";

  private static final String RELEASE =
      "UPDATE task SET spooled = 1 WHERE id = ? AND spool_key IS NOT NULL";

  private static final String PUBLISHED =
      "UPDATE task SET spool_key = NULL, spooled = NULL WHERE id = ?";

  private static final String REVOKE =
      """
      UPDATE task SET state = 'REVOKED', finished = ?, revoke_requested = ?, error_type = ?,
        error_message = ?, spool_key = NULL, spooled = NULL,
        callback_due = CASE WHEN callback_url IS NOT NULL AND callback_due IS NULL
          THEN CAST(? AS BIGINT) ELSE callback_due END
      WHERE id = ? AND spooled = 1 AND state = 'PENDING'""";

  private static final TaskError REVOKED =
      new TaskError("TaskRevokedError", "revoked", Optional.empty());

  private final History history;

  SpoolStore(History history) {
    this.history = history;
  }

  /**
   * What waits.
   *
   * @param key what it waits behind
   * @param bytes about
   */
  public record Waiting(String key, long tasks, long bytes) {}

  /**
   * A task that waits.
   *
   * @param unpublished whether it was certainly not published yet
   */
  public record Spooled(StoredTask task, boolean unpublished) {}

  /** A task that is to wait though it was stored to be published at once. */
  public record Late(String id, String key, boolean unpublished) {}

  /** Whether other replicas may publish what waits. */
  public boolean shared() {
    return history.shared();
  }

  /** All that waits, by key. */
  public Uni<List<Waiting>> waiting() {
    return history.read(
        connection -> {
          List<Waiting> waiting = new ArrayList<>();
          try (PreparedStatement select = connection.prepareStatement(WAITING);
              ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
              waiting.add(new Waiting(rows.getString(1), rows.getLong(2), rows.getLong(3)));
            }
          }
          return waiting;
        });
  }

  /**
   * The oldest tasks of a key, in the order of their submission.
   *
   * @param last whether there were no more
   */
  public record Page(List<Spooled> tasks, boolean last) {
    public Page {
      tasks = List.copyOf(tasks);
    }
  }

  /** A page of so many tasks and bytes at most, or of one task. */
  public Uni<Page> oldest(String key, int most, long mostBytes) {
    return history.read(
        connection -> {
          int fitting = 0;
          int there = 0;
          long bytes = 0;
          try (PreparedStatement select = connection.prepareStatement(OLDEST_SIZES)) {
            select.setString(1, key);
            select.setInt(2, most);
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                bytes += rows.getLong(1);
                fitting += there == fitting && (there == 0 || bytes <= mostBytes) ? 1 : 0;
                there++;
              }
            }
          }
          List<Spooled> page = new ArrayList<>();
          if (there == 0) {
            return new Page(page, true);
          }
          try (PreparedStatement select = connection.prepareStatement(OLDEST)) {
            select.setString(1, key);
            select.setInt(2, fitting);
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                page.add(new Spooled(HistorySql.read(rows), rows.getInt(HistorySql.SPOOLED) == 1));
              }
            }
          }
          return new Page(page, there < most && fitting == there);
        });
  }

  /** Has stored tasks wait that could not be published, or of which that is not known. */
  public CompletionStage<Integer> spool(List<Late> tasks) {
    return history.write(
        tasks.size(),
        statements -> {
          int spooled = 0;
          for (Late task : tasks) {
            PreparedStatement spool = statements.of(SPOOL);
            spool.setString(1, task.key());
            spool.setInt(2, task.unpublished() ? 1 : 2);
            spool.setString(3, task.id());
            spooled += spool.executeUpdate();
          }
          return spooled;
        });
  }

  /** Marks tasks as being published; tells which of them are still waiting. */
  public CompletionStage<Set<String>> claim(Collection<String> ids) {
    List<String> all = List.copyOf(ids);
    return history.write(
        all.size(),
        statements -> {
          Set<String> claimed = new HashSet<>();
          for (String id : all) {
            if (update(statements, CLAIM, id) > 0) {
              claimed.add(id);
            }
          }
          return claimed;
        });
  }

  /** These were certainly not published. */
  public CompletionStage<Integer> release(Collection<String> ids) {
    return updateAll(RELEASE, ids);
  }

  /** The broker has these. */
  public CompletionStage<Integer> published(Collection<String> ids) {
    return updateAll(PUBLISHED, ids);
  }

  /** A task can never be published: it fails. */
  public CompletionStage<Boolean> fail(StoredTask task, TaskError error) {
    return history.write(
        1,
        statements ->
            history
                .recording(statements)
                .unreported(
                    new TaskOutcome(
                        task.id(),
                        task.name(),
                        State.FAILURE,
                        task.queue(),
                        Optional.empty(),
                        Optional.empty(),
                        OptionalInt.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        history.now(),
                        Optional.empty(),
                        Optional.of(error),
                        TaskOutcome.Relations.NONE,
                        Optional.empty())));
  }

  /** Ends a task as revoked, if it waits and certainly was not published; whether it did. */
  public CompletionStage<Boolean> revoke(String id) {
    return history.write(
        1,
        statements -> {
          Instant now = history.now();
          PreparedStatement revoke = statements.of(REVOKE);
          revoke.setLong(1, Sequence.micros(now));
          revoke.setLong(2, Sequence.micros(now));
          revoke.setString(3, REVOKED.type());
          revoke.setString(4, REVOKED.message());
          revoke.setLong(5, Sequence.micros(now));
          revoke.setString(6, id);
          return revoke.executeUpdate() > 0;
        });
  }

  private CompletionStage<Integer> updateAll(String sql, Collection<String> ids) {
    List<String> all = List.copyOf(ids);
    return history.write(
        all.size(),
        statements -> {
          int updated = 0;
          for (String id : all) {
            updated += update(statements, sql, id);
          }
          return updated;
        });
  }

  private static int update(Statements statements, String sql, String id) throws SQLException {
    PreparedStatement update = statements.of(sql);
    update.setString(1, id);
    return update.executeUpdate();
  }
}
