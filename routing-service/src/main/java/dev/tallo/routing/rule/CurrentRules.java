package dev.tallo.routing.rule;

import dev.tallo.routing.round.Rounds;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.util.Collections;

/**
 * The rules of this moment, on every replica: whoever asks gets rules that were in force after he
 * asked. So a message that was published after a change was answered is never dispatched by the
 * rules of before, whichever replica takes it, and however long that replica was stopped.
 *
 * <p>The store's version is read once for all who wait, and the rules only when it is another one
 * than last time.
 */
@Singleton
public class CurrentRules implements AutoCloseable {
  private final RuleStore store;
  private final Rounds<Boolean, RuleSet> rounds;
  private volatile RuleSet latest = RuleSet.NONE;

  public CurrentRules(RuleStore store) {
    this.store = store;
    rounds = new Rounds<>("rules", asked -> Collections.nCopies(asked.size(), read()));
  }

  /** Asks the store; fails with {@link StoreUnavailableException}. */
  public Uni<RuleSet> now() {
    return rounds.ask(true);
  }

  /** The rules as this replica last saw them, which may be old; none before the first time. */
  public RuleSet latest() {
    return latest;
  }

  /** Takes over what was just read from the store, or written to it. */
  public void seen(RuleSet rules) {
    latest = rules;
  }

  private RuleSet read() {
    try {
      RuleSet known = latest;
      if (store.version() != known.version()) {
        known = store.read();
        latest = known;
      }
      return known;
    } catch (SQLException e) {
      throw new StoreUnavailableException(e);
    }
  }

  @Override
  public void close() {
    rounds.close();
  }
}
