package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A result as the JSON object that Celery keeps and sends, and an outcome as the same object with a
 * few fields more. The first five fields are always there, the others if they are known.
 */
final class ResultJson {

  private static final Map<String, State> STATES =
      Arrays.stream(State.values()).collect(Collectors.toMap(State::name, Function.identity()));

  private ResultJson() {}

  static void write(TaskResult result, JsonGenerator json) throws IOException {
    json.writeStartObject();
    writeFields(result, json);
    json.writeEndObject();
  }

  static void write(Outcome outcome, JsonGenerator json) throws IOException {
    json.writeStartObject();
    writeFields(outcome.result(), json);
    writeTree("args", outcome.args(), json);
    writeTree("kwargs", outcome.kwargs(), json);
    writeTime("received", outcome.received(), json);
    writeTime("started", outcome.started(), json);
    if (outcome.resultIgnored()) {
      json.writeBooleanField("result_ignored", true);
    }
    writeTime("next_attempt", outcome.nextAttempt(), json);
    writeText("traceparent", outcome.traceparent(), json);
    json.writeEndObject();
  }

  private static void writeFields(TaskResult result, JsonGenerator json) throws IOException {
    json.writeStringField("task_id", result.taskId());
    json.writeStringField("status", result.state().name());
    json.writeFieldName("result");
    json.writeTree(result.result());
    json.writeStringField("traceback", result.traceback().orElse(null));
    json.writeArrayFieldStart("children");
    for (JsonNode child : result.children()) {
      json.writeTree(child);
    }
    json.writeEndArray();
    writeTime("date_done", result.dateDone(), json);
    TaskResult.Extended extended = result.extended();
    writeText("name", extended.name(), json);
    writeText("worker", extended.worker(), json);
    if (extended.retries().isPresent()) {
      json.writeNumberField("retries", extended.retries().getAsInt());
    }
    writeText("queue", extended.queue(), json);
    writeText("group_id", extended.groupId(), json);
    writeText("parent_id", extended.parentId(), json);
    writeText("root_id", extended.rootId(), json);
  }

  private static void writeText(String field, Optional<String> text, JsonGenerator json)
      throws IOException {
    if (text.isPresent()) {
      json.writeStringField(field, text.get());
    }
  }

  private static void writeTime(String field, Optional<OffsetDateTime> time, JsonGenerator json)
      throws IOException {
    if (time.isPresent()) {
      json.writeStringField(field, Iso8601.format(time.get()));
    }
  }

  private static void writeTree(String field, Optional<JsonNode> tree, JsonGenerator json)
      throws IOException {
    if (tree.isPresent()) {
      json.writeFieldName(field);
      json.writeTree(tree.get());
    }
  }

  /**
   * Reads an outcome or a plain result.
   *
   * @param correlationId counts if the object names no task
   */
  static Outcome read(JsonNode json, @Nullable String correlationId)
      throws UndecodableMessageException {
    if (!json.isObject()) {
      throw BodyJson.wrong("result", "an object", json);
    }
    return new Outcome(
        readResult(json, correlationId),
        tree(json, "args"),
        tree(json, "kwargs"),
        time(json, "received"),
        time(json, "started"),
        json.path("result_ignored").booleanValue(),
        time(json, "next_attempt"),
        text(json, "traceparent"));
  }

  private static TaskResult readResult(JsonNode json, @Nullable String correlationId)
      throws UndecodableMessageException {
    String taskId = text(json, "task_id").orElse(correlationId);
    if (taskId == null || taskId.isEmpty()) {
      throw new UndecodableMessageException(
          "The result has neither 'task_id' nor a correlation id.");
    }
    JsonNode result = json.get("result");
    return new TaskResult(
        taskId,
        state(json),
        result == null ? NullNode.instance : result,
        text(json, "traceback"),
        children(json),
        time(json, "date_done"),
        new TaskResult.Extended(
            text(json, "name"),
            text(json, "worker"),
            count(json, "retries"),
            text(json, "queue"),
            text(json, "group_id"),
            text(json, "parent_id"),
            text(json, "root_id")));
  }

  /**
   * A result in state PENDING would tell nothing; a state of a task's own making is none of ours.
   */
  private static State state(JsonNode json) throws UndecodableMessageException {
    JsonNode status = json.path("status");
    State state = status.isTextual() ? STATES.get(status.textValue()) : null;
    if (state == null || state == State.PENDING) {
      throw BodyJson.wrong(
          "status",
          "RECEIVED, STARTED, RETRY, SUCCESS, FAILURE, REVOKED, REJECTED or IGNORED",
          status);
    }
    return state;
  }

  private static List<JsonNode> children(JsonNode json) throws UndecodableMessageException {
    JsonNode children = json.get("children");
    if (children == null || children.isNull() || children.isEmpty()) {
      return List.of();
    }
    if (!children.isArray()) {
      throw BodyJson.wrong("children", "a list or null", children);
    }
    List<JsonNode> list = new ArrayList<>(children.size());
    children.elements().forEachRemaining(list::add);
    return list;
  }

  private static Optional<String> text(JsonNode json, String field)
      throws UndecodableMessageException {
    JsonNode text = json.get(field);
    if (text == null || text.isNull()) {
      return Optional.empty();
    }
    if (!text.isTextual()) {
      throw BodyJson.wrong(field, "text or null", text);
    }
    return Optional.of(text.textValue());
  }

  private static OptionalInt count(JsonNode json, String field) throws UndecodableMessageException {
    JsonNode count = json.get(field);
    if (count == null || count.isNull()) {
      return OptionalInt.empty();
    }
    if (!count.canConvertToInt() || !count.canConvertToExactIntegral() || count.intValue() < 0) {
      throw BodyJson.wrong(field, "a whole number from 0", count);
    }
    return OptionalInt.of(count.intValue());
  }

  private static Optional<OffsetDateTime> time(JsonNode json, String field)
      throws UndecodableMessageException {
    Optional<String> text = text(json, field);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Iso8601.parse(text.get()));
    } catch (DateTimeException e) {
      throw BodyJson.wrong(field, "an ISO 8601 time", json.get(field));
    }
  }

  private static Optional<JsonNode> tree(JsonNode json, String field) {
    JsonNode tree = json.get(field);
    return tree == null || tree.isNull() ? Optional.empty() : Optional.of(tree);
  }
}
