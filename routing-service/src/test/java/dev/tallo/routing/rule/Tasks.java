package dev.tallo.routing.rule;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Rules and tasks from JSON, for tests. */
final class Tasks {
  private Tasks() {}

  static Rule rule(String json) {
    return RuleReader.read(RuleJson.object(json), "test", Set.of("celery"));
  }

  static RoutedTask task(String name) {
    return task(name, "{}");
  }

  static RoutedTask task(String name, String kwargs) {
    return task(name, kwargs, Map.of());
  }

  static RoutedTask task(String name, String kwargs, Map<String, String> headers) {
    ObjectNode arguments = RuleJson.object("{\"args\": [1, \"two\"]}");
    arguments.set("kwargs", RuleJson.object(kwargs));
    return new RoutedTask() {
      @Override
      public String id() {
        return name + kwargs + headers;
      }

      @Override
      public String name() {
        return name;
      }

      @Override
      public Optional<String> header(String header) {
        return Optional.ofNullable(headers.get(header));
      }

      @Override
      public JsonNode arguments() {
        return arguments;
      }
    };
  }
}
