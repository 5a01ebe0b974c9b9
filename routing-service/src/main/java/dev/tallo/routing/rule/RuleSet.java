package dev.tallo.routing.rule;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Rules in their order, of which the first that takes a task decides.
 *
 * @param version grows with each change; what was learned is recorded with it
 * @param entries in order; the default rule, if there is one, is the last
 */
public record RuleSet(long version, List<Entry> entries) {
  /** No rules, before there were any. */
  public static final RuleSet NONE = new RuleSet(0, List.of());

  /** Id of the rule of {@code tallo.routing.default-queue}. */
  public static final String DEFAULT = "default";

  /** Most rules. */
  public static final int MOST = 1_000;

  public RuleSet {
    entries = List.copyOf(entries);
  }

  /**
   * A rule in its place.
   *
   * @param rule what it says
   * @param origin where it comes from
   * @param version of the rules when it was last changed
   * @param changed when that was
   */
  public record Entry(Rule rule, Origin origin, long version, Instant changed) {
    /** An entry that {@link RuleSet#next} gives its version and time. */
    static Entry fresh(Rule rule, Origin origin) {
      return new Entry(rule, origin, 0, Instant.EPOCH);
    }

    /** Whether the rule says the same and comes from the same place. */
    boolean sameAs(Entry other) {
      return rule.equals(other.rule) && origin == other.origin;
    }
  }

  /**
   * What was found when a rule was looked at.
   *
   * @param rule which one
   * @param why it does not take the task; none: it does
   */
  public record Finding(Rule rule, Optional<String> why) {}

  /** The rule that decides for a task. */
  public Optional<Rule> decide(RoutedTask task) {
    for (Entry entry : entries) {
      if (entry.rule().match().takes(task)) {
        return Optional.of(entry.rule());
      }
    }
    return Optional.empty();
  }

  /** The rules as far as they are looked at for a task: up to the one that decides. */
  public List<Finding> explain(RoutedTask task) {
    List<Finding> findings = new ArrayList<>();
    for (Entry entry : entries) {
      Optional<Condition> fails = entry.rule().match().firstThatFails(task);
      findings.add(new Finding(entry.rule(), fails.map(condition -> condition.why(task))));
      if (fails.isEmpty()) {
        break;
      }
    }
    return findings;
  }

  /**
   * The rule that decides for every task of this name, if the broker can be taught it: no rule
   * before it needs more than the name to say that it is not meant.
   */
  public Optional<Rule> learnable(String name) {
    for (Entry entry : entries) {
      if (entry.rule().match().mayTake(name)) {
        return Optional.of(entry.rule()).filter(rule -> rule.learnableQueue().isPresent());
      }
    }
    return Optional.empty();
  }

  /** The queues that the rules name, each once. */
  public Set<String> queues() {
    Set<String> queues = new LinkedHashSet<>();
    entries.forEach(entry -> queues.addAll(entry.rule().queues()));
    return queues;
  }

  /** The rule of this id, in its place. */
  public Optional<Entry> find(String id) {
    return entries.stream().filter(entry -> entry.rule().id().equals(id)).findFirst();
  }

  /**
   * These entries as the next version; those that say something new get its number. The same rules
   * in the same order are no new version.
   */
  public RuleSet next(List<Entry> changed, Instant now) {
    Map<String, Entry> before = new HashMap<>();
    entries.forEach(entry -> before.put(entry.rule().id(), entry));
    List<Entry> next = new ArrayList<>();
    for (Entry entry : changed) {
      Entry old = before.get(entry.rule().id());
      next.add(
          old != null && old.sameAs(entry)
              ? old
              : new Entry(
                  entry.rule(), entry.origin(), version + 1, now.truncatedTo(ChronoUnit.MILLIS)));
    }
    return version > 0 && next.equals(entries) ? this : new RuleSet(version + 1, next);
  }

  /** What is allowed and perhaps not meant, a sentence for each. */
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    for (int i = 0; i < entries.size() - 1; i++) {
      if (entries.get(i).rule().match().takesEverything()) {
        List<String> shadowed =
            entries.subList(i + 1, entries.size()).stream()
                .map(entry -> entry.rule().id())
                .toList();
        warnings.add(
            "rule '%s' takes every task: the rules after it are never reached (%s)"
                .formatted(
                    entries.get(i).rule().id(),
                    shadowed.size() <= 5
                        ? String.join(", ", shadowed)
                        : String.join(", ", shadowed.subList(0, 5))
                            + " and "
                            + (shadowed.size() - 5)
                            + " more"));
        break;
      }
    }
    Map<Match, String> firstWith = new HashMap<>();
    for (Entry entry : entries) {
      String first = firstWith.putIfAbsent(entry.rule().match(), entry.rule().id());
      if (first != null) {
        warnings.add(
            "rule '%s' is never reached: rule '%s' before it takes the same tasks"
                .formatted(entry.rule().id(), first));
      }
    }
    return warnings;
  }
}
