package dev.tallo.routing.rule;

import jakarta.inject.Singleton;
import java.util.List;

/**
 * The rules in force. Read by every dispatch, from any thread; replaced only by the writer of
 * bindings, after what the broker learned under the old ones is undone.
 */
@Singleton
public class ActiveRules {
  private volatile RuleSet rules = new RuleSet(0, List.of());

  /** The rules of this moment; no rule decides before the service has started. */
  public RuleSet get() {
    return rules;
  }

  /** From now on these decide. */
  public void set(RuleSet next) {
    rules = next;
  }
}
