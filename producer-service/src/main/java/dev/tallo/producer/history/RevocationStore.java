package dev.tallo.producer.history;

import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Which tasks were revoked and have not ended yet. */
@Singleton
public class RevocationStore {
  private static final String MARK =
      "UPDATE task SET revoke_requested = ?, revoke_terminate = ? WHERE id = ?";

  private static final String STANDING =
      """
      SELECT seq, id, revoke_requested, revoke_terminate FROM task
      WHERE revoke_requested IS NOT NULL AND seq > ? AND state NOT IN %s
      ORDER BY seq LIMIT ?"""
          .formatted(HistorySql.ENDED);

  private final History history;

  RevocationStore(History history) {
    this.history = history;
  }

  /**
   * A task that was revoked and has not ended.
   *
   * @param place for {@link #standing}
   */
  public record Standing(long place, String taskId, StoredTask.Revocation revocation) {}

  /** Notes that a task was revoked. */
  public CompletionStage<Integer> mark(String taskId, StoredTask.Revocation revocation) {
    return history.write(
        1,
        statements -> {
          PreparedStatement mark = statements.of(MARK);
          mark.setLong(1, Sequence.micros(revocation.at()));
          mark.setInt(2, revocation.terminate() ? 1 : 0);
          mark.setString(3, taskId);
          return mark.executeUpdate();
        });
  }

  /** Those after a place, in order. */
  public Uni<List<Standing>> standing(long after, int most) {
    return history.read(
        connection -> {
          List<Standing> standing = new ArrayList<>();
          try (PreparedStatement select = connection.prepareStatement(STANDING)) {
            select.setLong(1, after);
            select.setInt(2, most);
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                Instant at = Sequence.instant(rows.getLong(3));
                standing.add(
                    new Standing(
                        rows.getLong(1),
                        rows.getString(2),
                        new StoredTask.Revocation(at, rows.getInt(4) == 1)));
              }
            }
          }
          return standing;
        });
  }
}
