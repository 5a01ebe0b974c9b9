package dev.tallo.routing.rule;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/** Where a task's key is taken from, by which tasks are told apart. */
public sealed interface KeySource {
  /** The key of a task; none if it has none. */
  Optional<String> of(RoutedTask task);

  /** A header. */
  record Header(String name) implements KeySource {
    @Override
    public Optional<String> of(RoutedTask task) {
      return task.header(name);
    }
  }

  /** An argument: text as it is, everything else as JSON. */
  record Argument(JsonPointer pointer) implements KeySource {
    @Override
    public Optional<String> of(RoutedTask task) {
      JsonNode value = task.arguments().at(pointer);
      return value.isMissingNode() || value.isNull()
          ? Optional.empty()
          : Optional.of(value.isTextual() ? value.textValue() : value.toString());
    }
  }
}
