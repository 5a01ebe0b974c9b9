package dev.tallo.routing.rule;

import java.util.List;
import java.util.Optional;

/**
 * Which tasks a rule takes: those for which every condition holds.
 *
 * @param conditions in the order in which they are looked at; none: every task
 */
public record Match(List<Condition> conditions) {
  /** Takes every task. */
  public static final Match EVERYTHING = new Match(List.of());

  public Match {
    conditions = List.copyOf(conditions);
  }

  /** The tasks whose name matches a glob. */
  public static Match glob(String pattern) {
    return new Match(List.of(new Condition.NameGlob(Glob.of(pattern))));
  }

  /** Whether the task is taken. */
  public boolean takes(RoutedTask task) {
    return firstThatFails(task).isEmpty();
  }

  /** What keeps the task from being taken; none: it is taken. */
  public Optional<Condition> firstThatFails(RoutedTask task) {
    for (Condition condition : conditions) {
      if (!condition.holds(task)) {
        return Optional.of(condition);
      }
    }
    return Optional.empty();
  }

  /** Whether tasks of this name are taken, as far as the name decides. */
  public boolean mayTake(String name) {
    for (Condition condition : conditions) {
      if (condition instanceof Condition.OfName ofName && !ofName.takes(name)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the name alone decides. */
  public boolean needsOnlyTheName() {
    return conditions.stream().allMatch(Condition.OfName.class::isInstance);
  }

  /** Whether no rule after it is ever reached. */
  public boolean takesEverything() {
    return conditions.stream()
        .allMatch(
            condition ->
                switch (condition) {
                  case Condition.NameGlob glob -> glob.pattern().takesEverything();
                  case Condition.NameTopic topic -> topic.pattern().takesEverything();
                  default -> false;
                });
  }
}
