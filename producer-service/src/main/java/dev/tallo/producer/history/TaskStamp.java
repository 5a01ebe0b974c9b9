package dev.tallo.producer.history;

import dev.tallo.messaging.protocol.State;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * What tells one state of a stored task from the next, to see cheaply whether it changed.
 *
 * @param state of the task
 * @param retries how many attempts went before
 * @param latest when something was last heard of it, microseconds since 1970; 0 if never
 */
public record TaskStamp(State state, int retries, long latest) {

  /** Whether nothing more is to come of it. */
  public boolean ended() {
    return StoredTask.ended(state);
  }

  /** From a row of {@link HistorySql#CHANGES}. */
  static TaskStamp read(ResultSet row) throws SQLException {
    long latest = 0;
    for (int column = 4; column <= 7; column++) {
      latest = Math.max(latest, row.getLong(column));
    }
    return new TaskStamp(State.valueOf(row.getString(2)), row.getInt(3), latest);
  }
}
