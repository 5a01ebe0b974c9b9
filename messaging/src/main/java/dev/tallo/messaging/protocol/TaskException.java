package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * Why a task failed, as a result carries it ({@code celery/backends/base.py prepare_exception}).
 *
 * @param type {@code exc_type}, the class's simple name. Celery makes a class of this name where it
 *     knows none
 * @param message {@code exc_message}, the arguments of the exception, the text first
 * @param module {@code exc_module}, a Python module or a Java package; may be empty
 */
public record TaskException(String type, ArrayNode message, String module) {

  /** An exception with one text. */
  public static TaskException of(String type, String message, String module) {
    return new TaskException(type, JsonNodeFactory.instance.arrayNode(1).add(message), module);
  }

  /**
   * Reads the exception object of a result.
   *
   * @return empty if it is none
   */
  public static Optional<TaskException> from(JsonNode result) {
    if (!result.isObject() || !result.path("exc_type").isTextual()) {
      return Optional.empty();
    }
    JsonNode message = result.path("exc_message");
    ArrayNode arguments =
        message instanceof ArrayNode array ? array : JsonNodeFactory.instance.arrayNode();
    if (!message.isArray() && !message.isMissingNode() && !message.isNull()) {
      arguments.add(message);
    }
    return Optional.of(
        new TaskException(
            result.path("exc_type").textValue(), arguments, result.path("exc_module").asText("")));
  }

  /** The text for people: the first argument, or all of them as JSON if it is no text. */
  public String text() {
    if (message.isEmpty()) {
      return "";
    }
    return message.get(0).isTextual() ? message.get(0).textValue() : message.toString();
  }

  /** The exception object of a result. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("exc_type", type);
    json.set("exc_message", message);
    json.put("exc_module", module);
    return json;
  }
}
