package dev.tallo.routing.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.problem.FieldError;
import dev.tallo.routing.rule.InvalidRuleException;
import dev.tallo.routing.rule.RoutedTask;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * A task that someone asks the route of, with the fields of a submission.
 *
 * @param headers its headers, an object
 * @param arguments {@code {"args": [...], "kwargs": {...}}}
 */
record AskedTask(String id, String name, ObjectNode headers, JsonNode arguments)
    implements RoutedTask {

  /**
   * Reads one.
   *
   * @throws InvalidRuleException naming every field that is wrong
   */
  static AskedTask read(ObjectNode json) {
    List<FieldError> errors = new ArrayList<>();
    Set<String> known = Set.of("task", "id", "args", "kwargs", "headers");
    json.propertyStream()
        .map(Map.Entry::getKey)
        .filter(field -> !known.contains(field))
        .forEach(
            field ->
                errors.add(
                    new FieldError(field, "is unknown; there is args, headers, id, kwargs, task")));
    JsonNode task = json.path("task");
    if (!task.isTextual() || !Names.isTaskName(task.textValue())) {
      errors.add(
          new FieldError(
              "task",
              "must be the name of a task: 1 to %d of A-Z a-z 0-9 _ . : -"
                  .formatted(Names.MAX_TASK_NAME)));
    }
    JsonNode id = json.path("id");
    if (!id.isMissingNode() && (!id.isTextual() || !Names.isTaskId(id.textValue()))) {
      errors.add(new FieldError("id", "must be the id of a task"));
    }
    ObjectNode arguments = JsonNodeFactory.instance.objectNode();
    JsonNode args = json.path("args");
    if (args.isMissingNode() || args.isArray()) {
      arguments.set("args", args.isArray() ? args : JsonNodeFactory.instance.arrayNode());
    } else {
      errors.add(new FieldError("args", "must be a JSON array"));
    }
    arguments.set("kwargs", object(json, "kwargs", errors));
    ObjectNode headers = object(json, "headers", errors);
    if (!errors.isEmpty()) {
      throw new InvalidRuleException(errors);
    }
    return new AskedTask(
        id.isTextual() ? id.textValue() : UUID.randomUUID().toString(),
        task.textValue(),
        headers,
        arguments);
  }

  private static ObjectNode object(ObjectNode json, String field, List<FieldError> errors) {
    JsonNode value = json.path(field);
    if (value instanceof ObjectNode object) {
      return object;
    }
    if (!value.isMissingNode()) {
      errors.add(new FieldError(field, "must be a JSON object"));
    }
    return JsonNodeFactory.instance.objectNode();
  }

  @Override
  public Optional<String> header(String header) {
    JsonNode value = headers.path(header);
    return value.isTextual() || value.isNumber() || value.isBoolean()
        ? Optional.of(value.asText())
        : Optional.empty();
  }
}
