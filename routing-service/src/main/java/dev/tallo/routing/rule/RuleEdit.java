package dev.tallo.routing.rule;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A change of the rules, made of those that are in force when its turn comes. */
@FunctionalInterface
public interface RuleEdit {
  /**
   * The entries as they are to be.
   *
   * @throws RuleEditException if they cannot be made from these
   * @throws InvalidRuleException if what is asked for is wrong in itself
   */
  List<RuleSet.Entry> of(RuleSet current);

  /**
   * Adds a rule.
   *
   * @param before the rule that it goes before; none: it becomes the last, the default rule apart
   * @param ifMatch of all rules
   */
  static RuleEdit add(Rule rule, Optional<String> before, Optional<IfMatch> ifMatch) {
    return current -> {
      requireUnchanged(current, ifMatch);
      if (current.find(rule.id()).isPresent()) {
        throw new RuleEditException.Exists(rule.id());
      }
      List<RuleSet.Entry> entries = new ArrayList<>(current.entries());
      if (entries.size() >= RuleSet.MOST) {
        throw new InvalidRuleException(
            "body", "would be rule " + (RuleSet.MOST + 1) + "; there are at most " + RuleSet.MOST);
      }
      int place = before.map(id -> placeOf(entries, id)).orElseGet(() -> lastPlace(entries));
      entries.add(place, RuleSet.Entry.fresh(rule, Origin.API));
      return entries;
    };
  }

  /** Has a rule say something else, in its place. */
  static RuleEdit replace(Rule rule, IfMatch ifMatch) {
    return current -> {
      RuleSet.Entry old = changeable(current, rule.id(), ifMatch);
      List<RuleSet.Entry> entries = new ArrayList<>(current.entries());
      entries.set(entries.indexOf(old), RuleSet.Entry.fresh(rule, Origin.API));
      return entries;
    };
  }

  /** Takes a rule away. */
  static RuleEdit delete(String id, IfMatch ifMatch) {
    return current -> {
      List<RuleSet.Entry> entries = new ArrayList<>(current.entries());
      entries.remove(changeable(current, id, ifMatch));
      return entries;
    };
  }

  /**
   * Puts the rules in another order.
   *
   * @param ids of all rules, the default rule apart
   * @param ifMatch of all rules
   */
  static RuleEdit reorder(List<String> ids, IfMatch ifMatch) {
    return current -> {
      requireUnchanged(current, Optional.of(ifMatch));
      Map<String, RuleSet.Entry> entries = new HashMap<>();
      for (RuleSet.Entry entry : current.entries()) {
        if (!isDefault(entry)) {
          entries.put(entry.rule().id(), entry);
        }
      }
      Set<String> missing = new HashSet<>(entries.keySet());
      List<RuleSet.Entry> ordered = new ArrayList<>();
      for (String id : ids) {
        if (!missing.remove(id)) {
          throw new InvalidRuleException(
              "order",
              entries.containsKey(id)
                  ? "names '%s' twice".formatted(id)
                  : id.equals(RuleSet.DEFAULT)
                      ? "must not name the default rule, which is the last"
                      : "names '%s', which is no rule".formatted(id));
        }
        ordered.add(entries.get(id));
      }
      if (!missing.isEmpty()) {
        throw new InvalidRuleException(
            "order", "must name every rule; there is no '%s'".formatted(missing.iterator().next()));
      }
      requireConfiguredOrder(current, ordered);
      current.entries().stream().filter(RuleEdit::isDefault).forEach(ordered::add);
      return ordered;
    };
  }

  private static void requireConfiguredOrder(RuleSet current, List<RuleSet.Entry> ordered) {
    if (!configured(current.entries()).equals(configured(ordered))) {
      throw new InvalidRuleException(
          "order",
          "must leave the rules of the configuration in their order: "
              + String.join(", ", configured(current.entries())));
    }
  }

  private static List<String> configured(List<RuleSet.Entry> entries) {
    return entries.stream()
        .filter(entry -> entry.origin() == Origin.CONFIGURATION && !isDefault(entry))
        .map(entry -> entry.rule().id())
        .toList();
  }

  private static void requireUnchanged(RuleSet current, Optional<IfMatch> ifMatch) {
    if (ifMatch.filter(match -> !match.allows(current.version())).isPresent()) {
      throw new RuleEditException.Changed("The list of rules", current.version());
    }
  }

  private static RuleSet.Entry changeable(RuleSet current, String id, IfMatch ifMatch) {
    RuleSet.Entry entry = current.find(id).orElseThrow(() -> new RuleEditException.Unknown(id));
    if (entry.origin() == Origin.CONFIGURATION) {
      throw new RuleEditException.Configured(id);
    }
    if (!ifMatch.allows(entry.version())) {
      throw new RuleEditException.Changed("Rule '" + id + "'", entry.version());
    }
    return entry;
  }

  private static int placeOf(List<RuleSet.Entry> entries, String id) {
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).rule().id().equals(id)) {
        return i;
      }
    }
    throw new InvalidRuleException("before", "must be the id of a rule, unlike '" + id + "'");
  }

  private static int lastPlace(List<RuleSet.Entry> entries) {
    return !entries.isEmpty() && isDefault(entries.getLast()) ? entries.size() - 1 : entries.size();
  }

  private static boolean isDefault(RuleSet.Entry entry) {
    return entry.rule().id().equals(RuleSet.DEFAULT) && entry.origin() == Origin.CONFIGURATION;
  }
}
