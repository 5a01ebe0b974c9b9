package dev.tallo.routing.rule;

import dev.tallo.routing.configuration.RoutingConfiguration;
import dev.tallo.routing.configuration.RoutingConfiguration.RuleConfiguration;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Rules and inboxes as configured, checked: a service with a wrong property does not start. */
@Singleton
public class ConfiguredRules {
  private static final int MOST_LEARNED = 1_000_000;

  private final List<Rule> rules;
  private final Set<String> inboxes;

  /**
   * @throws ConfigurationException that names each property that is wrong, and what would be right
   */
  public ConfiguredRules(RoutingConfiguration configuration) {
    List<String> problems = new ArrayList<>();
    inboxes = readInboxes(configuration, problems);
    rules = readRules(configuration, problems);
    checkNumbers(configuration, problems);
    if (!problems.isEmpty()) {
      throw new ConfigurationException(
          problems.stream()
              .collect(Collectors.joining("\n  ", "the configuration is wrong:\n  ", "")));
    }
  }

  /** The rules in order, the default rule last. */
  public List<Rule> rules() {
    return rules;
  }

  /** The queues that are taken from. */
  public Set<String> inboxes() {
    return inboxes;
  }

  /**
   * Checks that no rule sends tasks back to where they are taken from.
   *
   * @throws IllegalArgumentException when one does
   */
  public void requireNoLoop(List<Rule> candidates) {
    for (Rule rule : candidates) {
      if (inboxes.contains(rule.queue())) {
        throw new IllegalArgumentException(
            "'" + rule.queue() + "' is an inbox: its tasks would be taken and sent there for ever");
      }
    }
  }

  private static Set<String> readInboxes(
      RoutingConfiguration configuration, List<String> problems) {
    Set<String> inboxes = new HashSet<>();
    for (String inbox : configuration.inboxes().orElse(List.of())) {
      check(
          "tallo.routing.inboxes",
          problems,
          () -> {
            Rule.requireQueue(inbox);
            return inboxes.add(inbox);
          });
    }
    return Set.copyOf(inboxes);
  }

  private List<Rule> readRules(RoutingConfiguration configuration, List<String> problems) {
    List<Rule> read = new ArrayList<>();
    List<RuleConfiguration> configured = configuration.rules();
    for (int i = 0; i < configured.size(); i++) {
      RuleConfiguration rule = configured.get(i);
      String property = "tallo.routing.rules[" + i + "]";
      int before = problems.size();
      check(property + ".match", problems, () -> Glob.of(rule.match()));
      check(property + ".queue", problems, () -> checkedQueue(rule.queue()));
      check(property + ".priority", problems, () -> Rule.requirePriority(rule.priority()));
      if (problems.size() == before) {
        read.add(new Rule(Glob.of(rule.match()), rule.queue(), rule.priority()));
      }
    }
    configuration
        .defaultQueue()
        .ifPresent(
            queue ->
                check(
                    "tallo.routing.default-queue",
                    problems,
                    () -> {
                      checkedQueue(queue);
                      return read.add(Rule.of("*", queue));
                    }));
    return List.copyOf(read);
  }

  private String checkedQueue(String queue) {
    Rule.requireQueue(queue);
    if (inboxes.contains(queue)) {
      throw new IllegalArgumentException(
          "'" + queue + "' is in tallo.routing.inboxes too: its tasks would go round for ever");
    }
    return queue;
  }

  private static void checkNumbers(RoutingConfiguration configuration, List<String> problems) {
    if (configuration.maxLearned() < 0 || configuration.maxLearned() > MOST_LEARNED) {
      problems.add(
          "tallo.routing.max-learned: 0 to %d, not %d"
              .formatted(MOST_LEARNED, configuration.maxLearned()));
    }
    if (configuration.prefetch() < 1 || configuration.prefetch() > 65_535) {
      problems.add("tallo.routing.prefetch: 1 to 65535, not " + configuration.prefetch());
    }
    if (configuration.shutdownGrace().isNegative()) {
      problems.add("tallo.routing.shutdown-grace: 0 or more, not " + configuration.shutdownGrace());
    }
  }

  private static void check(String property, List<String> problems, Supplier<?> reading) {
    try {
      reading.get();
    } catch (IllegalArgumentException wrong) {
      problems.add(property + ": " + wrong.getMessage());
    }
  }
}
