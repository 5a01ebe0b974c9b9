package dev.tallo.routing.rule;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Rules in their order, of which the first that matches decides.
 *
 * @param version grows with each change; what was learned is recorded with it
 * @param rules in order; the default rule, if there is one, is the last
 */
public record RuleSet(long version, List<Rule> rules) {
  public RuleSet {
    rules = List.copyOf(rules);
  }

  /** The rule that decides for a task of this name. */
  public Optional<Rule> decide(String task) {
    for (Rule rule : rules) {
      if (rule.match().matches(task)) {
        return Optional.of(rule);
      }
    }
    return Optional.empty();
  }

  /** The rule that decides for every message of this name, if the broker can be taught it. */
  public Optional<Rule> learnable(String task) {
    return decide(task).filter(Rule::learnable);
  }

  /** The queues that the rules name, each once. */
  public Set<String> queues() {
    Set<String> queues = new LinkedHashSet<>();
    rules.forEach(rule -> queues.add(rule.queue()));
    return queues;
  }
}
