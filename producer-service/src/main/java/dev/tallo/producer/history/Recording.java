package dev.tallo.producer.history;

import dev.tallo.messaging.protocol.State;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/** Stores outcomes within the writer's transaction. */
final class Recording {
  private final Statements statements;
  private final Sequence sequence;
  private final Clock clock;

  Recording(Statements statements, Sequence sequence, Clock clock) {
    this.statements = statements;
    this.sequence = sequence;
    this.clock = clock;
  }

  /**
   * Stores what workers report; tells how many of them are the end of a task that another run had
   * ended already. Such an end changes nothing, unless it is the first success.
   */
  int of(List<TaskOutcome> outcomes) throws SQLException {
    BitSet counted =
        HistorySql.RECORD.insert(
            statements,
            outcomes,
            (row, outcome) -> HistorySql.bindRecord(row, place(), outcome, false),
            RowInsert.Rest.NONE);
    int duplicates = 0;
    for (int i = 0; i < outcomes.size(); i++) {
      TaskOutcome outcome = outcomes.get(i);
      if (!counted.get(i) && outcome.ended() && endedByAnother(outcome)) {
        duplicates++;
        if (outcome.state() == State.SUCCESS) {
          execute(HistorySql.RECORD_SUCCESS, outcome, false);
        }
      }
    }
    return duplicates;
  }

  /** Stores the end of a task that no worker told; whether it had not ended. */
  boolean unreported(TaskOutcome end) throws SQLException {
    return execute(HistorySql.RECORD_UNREPORTED, end, true) > 0;
  }

  private int execute(String sql, TaskOutcome outcome, boolean provisional) throws SQLException {
    PreparedStatement statement = statements.of(sql);
    HistorySql.bindRecord(Parameters.of(statement), place(), outcome, provisional);
    return statement.executeUpdate();
  }

  private long place() {
    return sequence.next(clock.instant());
  }

  /** The same report may come in twice; that is not another run. */
  private boolean endedByAnother(TaskOutcome outcome) throws SQLException {
    PreparedStatement select = statements.of(HistorySql.END_OF);
    select.setString(1, outcome.id());
    try (ResultSet row = select.executeQuery()) {
      if (!row.next()) {
        return false;
      }
      Optional<Instant> finished = HistorySql.time(row, 2);
      return !row.getString(1).equals(outcome.state().name())
          || finished
              .filter(at -> Sequence.micros(at) == Sequence.micros(outcome.finished()))
              .isEmpty();
    }
  }
}
