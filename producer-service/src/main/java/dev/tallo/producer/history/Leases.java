package dev.tallo.producer.history;

import jakarta.inject.Singleton;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * Work that one replica does at a time: it holds a lease of the store, which others may take when
 * it has run out. A replica that is stopped for longer than its lease may work beside its
 * successor, so what is done under a lease must do no harm when it is done twice.
 */
@Singleton
public class Leases {
  private static final String HOLD =
      """
      INSERT INTO lease (name, holder, held_until) VALUES (?, ?, ?)
      ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
      WHERE lease.holder = excluded.holder OR lease.held_until <= ?""";

  private static final String RELEASE = "DELETE FROM lease WHERE name = ? AND holder = ?";

  private static final String MOVE = "UPDATE lease SET held_until = ? WHERE name = ?";

  private final History history;
  private final String holder = UUID.randomUUID().toString();

  Leases(History history) {
    this.history = history;
  }

  /**
   * Takes the lease, or prolongs it; tells whether it is held now.
   *
   * @param time how long nobody else gets it, unless it is released
   */
  public CompletionStage<Boolean> hold(String name, Duration time) {
    return take(name, holder, time);
  }

  /** Takes the lease if its time is over, whoever had it; tells whether it was. */
  public CompletionStage<Boolean> takeTurn(String name, Duration time) {
    return take(name, UUID.randomUUID().toString(), time);
  }

  /** Has the next turn begin after this time, whoever took the last one. */
  public CompletionStage<Integer> moveTurn(String name, Duration time) {
    return history.write(
        1,
        statements -> {
          PreparedStatement move = statements.of(MOVE);
          move.setLong(1, Sequence.micros(history.now().plus(time)));
          move.setString(2, name);
          return move.executeUpdate();
        });
  }

  private CompletionStage<Boolean> take(String name, String taker, Duration time) {
    return history.write(
        1,
        statements -> {
          Instant now = history.now();
          PreparedStatement hold = statements.of(HOLD);
          hold.setString(1, name);
          hold.setString(2, taker);
          hold.setLong(3, Sequence.micros(now.plus(time)));
          hold.setLong(4, Sequence.micros(now));
          return hold.executeUpdate() == 1;
        });
  }

  /** Gives the lease back, if it is held. */
  public CompletionStage<Integer> release(String name) {
    return history.write(
        1,
        statements -> {
          PreparedStatement release = statements.of(RELEASE);
          release.setString(1, name);
          release.setString(2, holder);
          return release.executeUpdate();
        });
  }
}
