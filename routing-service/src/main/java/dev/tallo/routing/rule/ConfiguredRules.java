package dev.tallo.routing.rule;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.problem.FieldError;
import dev.tallo.routing.configuration.RoutingConfiguration;
import dev.tallo.routing.configuration.RoutingConfiguration.RuleConfiguration;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
   * Entries with the configured rules among them as they are configured now: in their order, each
   * followed by the rules of other origin that followed it before. A configured rule takes the
   * place of another of its id.
   */
  public List<RuleSet.Entry> mergedInto(List<RuleSet.Entry> before) {
    Set<String> configured = rules.stream().map(Rule::id).collect(Collectors.toSet());
    List<RuleSet.Entry> merged = new ArrayList<>();
    Map<String, List<RuleSet.Entry>> following = new LinkedHashMap<>();
    List<RuleSet.Entry> tail = merged;
    for (RuleSet.Entry entry : before) {
      String id = entry.rule().id();
      if (entry.origin() == Origin.CONFIGURATION) {
        tail =
            configured.contains(id)
                ? following.computeIfAbsent(id, key -> new ArrayList<>())
                : tail;
      } else if (!configured.contains(id)) {
        tail.add(entry);
      }
    }
    for (Rule rule : rules) {
      merged.add(RuleSet.Entry.fresh(rule, Origin.CONFIGURATION));
      merged.addAll(following.getOrDefault(rule.id(), List.of()));
    }
    return merged;
  }

  private static Set<String> readInboxes(
      RoutingConfiguration configuration, List<String> problems) {
    Set<String> inboxes = new HashSet<>(configuration.inboxes().orElse(List.of()));
    for (String inbox : inboxes) {
      if (!Names.isQueueName(inbox) || inbox.startsWith(Topology.RESERVED_PREFIX)) {
        problems.add(
            "tallo.routing.inboxes: must be queues, 1 to %d of A-Z a-z 0-9 _ . : - and not beginning with '%s', unlike '%s'"
                .formatted(Names.MAX_QUEUE_NAME, Topology.RESERVED_PREFIX, inbox));
      }
    }
    return Set.copyOf(inboxes);
  }

  private List<Rule> readRules(RoutingConfiguration configuration, List<String> problems) {
    List<Rule> read = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    List<RuleConfiguration> configured = configuration.rules();
    for (int i = 0; i < configured.size(); i++) {
      String property = "tallo.routing.rules[" + i + "].";
      RuleConfiguration rule = configured.get(i);
      String id = rule.name().orElse("config-" + i);
      if (!ids.add(id)) {
        problems.add(property + "name: '" + id + "' is the name of a rule before it");
      }
      try {
        read.add(RuleReader.read(json(rule), id, inboxes));
      } catch (RuleJson.MalformedJsonException e) {
        problems.add(property + "definition: " + e.getMessage());
      } catch (InvalidRuleException e) {
        String place = property + (rule.definition().isPresent() ? "definition: " : "");
        e.errors().forEach(error -> problems.add(place + name(error) + ": " + error.message()));
      }
    }
    configuration.defaultQueue().ifPresent(queue -> readDefault(queue, read, problems));
    if (read.size() > RuleSet.MOST) {
      problems.add("tallo.routing.rules: must be at most " + RuleSet.MOST + " with the default");
    }
    return List.copyOf(read);
  }

  private void readDefault(String queue, List<Rule> read, List<String> problems) {
    try {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      json.putObject("match");
      json.put("queue", queue);
      Rule checked = RuleReader.read(json, "-", inboxes);
      read.add(
          new Rule(
              RuleSet.DEFAULT,
              checked.match(),
              checked.action(),
              checked.priority(),
              checked.limit(),
              checked.mirror()));
    } catch (InvalidRuleException e) {
      problems.add("tallo.routing.default-queue: " + e.errors().getFirst().message());
    }
  }

  /** As the API has it. */
  private static ObjectNode json(RuleConfiguration rule) {
    boolean brief =
        rule.match().isPresent() || rule.queue().isPresent() || rule.priority().isPresent();
    if (rule.definition().isPresent()) {
      if (brief) {
        throw new InvalidRuleException(
            "match", "must not be given beside definition, nor queue or priority");
      }
      return RuleJson.object(rule.definition().get());
    }
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    rule.match().ifPresent(glob -> json.putObject("match").put("task", glob));
    rule.queue().ifPresent(queue -> json.put("queue", queue));
    rule.priority().ifPresent(priority -> json.put("priority", priority));
    return json;
  }

  /** The property is called otherwise than the field. */
  private static String name(FieldError error) {
    return switch (error.field()) {
      case "match.task" -> "match";
      case "id" -> "name";
      default -> error.field();
    };
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
    Duration reconcile = configuration.reconcileInterval();
    if (reconcile.compareTo(Duration.ofMillis(100)) < 0
        || reconcile.compareTo(Duration.ofDays(1)) > 0) {
      problems.add("tallo.routing.reconcile-interval: PT0.1S to PT24H, not " + reconcile);
    }
  }
}
