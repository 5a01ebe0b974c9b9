package dev.tallo.routing.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.routing.binding.LearnedBinding;
import dev.tallo.routing.rule.Action;
import dev.tallo.routing.rule.Rule;
import dev.tallo.routing.rule.RuleJson;
import dev.tallo.routing.rule.RuleSet;
import java.util.List;
import java.util.Optional;

/** What is answered, as JSON. */
final class Views {
  private Views() {}

  static ObjectNode rules(RuleSet rules) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("version", rules.version());
    ArrayNode list = json.putArray("rules");
    rules.entries().forEach(entry -> list.add(rule(entry)));
    return withWarnings(json, rules);
  }

  static ObjectNode rule(RuleSet.Entry entry) {
    ObjectNode json = RuleJson.write(entry.rule());
    json.put("origin", entry.origin().word());
    json.put("learnable", entry.rule().learnableQueue().isPresent());
    json.put("version", entry.version());
    json.put("changed_at", entry.changed().toString());
    return json;
  }

  static ObjectNode withWarnings(ObjectNode json, RuleSet rules) {
    ArrayNode warnings = json.putArray("warnings");
    rules.warnings().forEach(warnings::add);
    return json;
  }

  static ObjectNode bindings(List<LearnedBinding> bindings, int limit) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode list = json.putArray("bindings");
    bindings.forEach(binding -> list.add(binding(binding)));
    if (bindings.size() == limit) {
      json.put("next", bindings.getLast().task());
    }
    return json;
  }

  static ObjectNode decision(
      RuleSet rules,
      AskedTask task,
      List<RuleSet.Finding> findings,
      Optional<LearnedBinding> bound) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("task", task.name());
    json.put("version", rules.version());
    Optional<Rule> decided =
        findings.stream().filter(it -> it.why().isEmpty()).map(RuleSet.Finding::rule).findFirst();
    if (decided.isPresent()) {
      Rule rule = decided.get();
      json.put("rule", rule.id());
      switch (rule.action()) {
        case Action.ToQueue(String queue) -> json.put("queue", queue);
        case Action.Split split -> json.put("queue", split.queueOf(task, rule.id()));
        case Action.Reject(String reason) -> json.put("reject", reason);
      }
    } else {
      json.putNull("rule");
      json.put("parked", "no-rule");
    }
    ArrayNode looked = json.putArray("looked_at");
    for (RuleSet.Finding finding : findings) {
      ObjectNode one = looked.addObject();
      one.put("rule", finding.rule().id());
      one.put("takes", finding.why().isEmpty());
      finding.why().ifPresent(why -> one.put("why", why));
    }
    bound.ifPresent(binding -> json.set("bound", binding(binding)));
    return json;
  }

  private static ObjectNode binding(LearnedBinding binding) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("task", binding.task());
    json.put("queue", binding.queue());
    json.put("rule", binding.rule());
    json.put("rules_version", binding.ruleVersion());
    json.put("since", binding.learnedAt().toString());
    json.put("last_passed", binding.lastPassed().toString());
    return json;
  }
}
