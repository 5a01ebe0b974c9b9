package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The body of protocol 2, {@code [args, kwargs, embed]}, as JSON. */
final class BodyJson {

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private BodyJson() {}

  static void write(TaskBody body, JsonGenerator json) throws IOException {
    json.writeStartArray();
    json.writeTree(body.args());
    json.writeTree(body.kwargs());
    write(body.embed(), json);
    json.writeEndArray();
  }

  private static void write(Embed embed, JsonGenerator json) throws IOException {
    json.writeStartObject();
    write("callbacks", embed.callbacks(), json);
    write("errbacks", embed.errbacks(), json);
    write("chain", embed.chain(), json);
    json.writeFieldName("chord");
    if (embed.chord().isPresent()) {
      write(embed.chord().get(), json);
    } else {
      json.writeNull();
    }
    json.writeEndObject();
  }

  private static void write(String field, List<Signature> signatures, JsonGenerator json)
      throws IOException {
    json.writeFieldName(field);
    if (signatures.isEmpty()) {
      json.writeNull();
      return;
    }
    json.writeStartArray();
    for (Signature signature : signatures) {
      write(signature, json);
    }
    json.writeEndArray();
  }

  private static void write(Signature signature, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("task", signature.task());
    json.writeFieldName("args");
    json.writeTree(signature.args());
    json.writeFieldName("kwargs");
    json.writeTree(signature.kwargs());
    json.writeFieldName("options");
    json.writeTree(signature.options());
    json.writeStringField("subtask_type", signature.subtaskType().orElse(null));
    json.writeBooleanField("immutable", signature.immutable());
    for (Map.Entry<String, JsonNode> extra : signature.extra().entrySet()) {
      json.writeFieldName(extra.getKey());
      json.writeTree(extra.getValue());
    }
    json.writeEndObject();
  }

  /** Reads a body whose opening bracket has been read. */
  static TaskBody readRest(JsonParser json) throws IOException, UndecodableMessageException {
    json.nextToken();
    ArrayNode args = args("args", element(json, "args"));
    json.nextToken();
    ObjectNode kwargs = object("kwargs", element(json, "kwargs"));
    json.nextToken();
    Embed embed = embed(json);
    if (json.nextToken() != JsonToken.END_ARRAY) {
      throw new UndecodableMessageException(
          "The body must be [args, kwargs, embed], but has more than these three.");
    }
    Content.requireEnd(json);
    return new TaskBody(args, kwargs, embed);
  }

  private static JsonNode element(JsonParser json, String name)
      throws IOException, UndecodableMessageException {
    if (json.currentToken() == JsonToken.END_ARRAY) {
      throw new UndecodableMessageException(
          "The body must be [args, kwargs, embed], but '" + name + "' is missing.");
    }
    return json.readValueAsTree();
  }

  /** Nearly always {@code {"callbacks":null,…}}, so no tree is made of what is null. */
  private static Embed embed(JsonParser json) throws IOException, UndecodableMessageException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      JsonNode other = element(json, "embed");
      if (other.isNull()) {
        return Embed.NONE;
      }
      throw wrong("embed", "an object or null", other);
    }
    ObjectNode embed = null;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      if (json.nextToken() != JsonToken.VALUE_NULL) {
        embed = embed == null ? NODES.objectNode() : embed;
        embed.set(field, json.<JsonNode>readValueAsTree());
      }
    }
    return embed == null ? Embed.NONE : embed(embed);
  }

  /** Reads what follows a task from {@code embed}, or from a body of protocol 1. */
  static Embed embed(ObjectNode embed) throws UndecodableMessageException {
    return new Embed(
        signatures("callbacks", embed.get("callbacks")),
        signatures("errbacks", embed.get("errbacks")),
        signatures("chain", embed.get("chain")),
        chord(embed.get("chord")));
  }

  private static Optional<Signature> chord(@Nullable JsonNode chord)
      throws UndecodableMessageException {
    return chord == null || chord.isNull()
        ? Optional.empty()
        : Optional.of(signature("chord", chord));
  }

  private static List<Signature> signatures(String name, @Nullable JsonNode list)
      throws UndecodableMessageException {
    if (list == null || list.isNull()) {
      return List.of();
    }
    if (list.isObject()) {
      return List.of(signature(name, list));
    }
    if (!list.isArray()) {
      throw wrong(name, "a list of signatures or null", list);
    }
    List<Signature> signatures = new ArrayList<>(list.size());
    for (int i = 0; i < list.size(); i++) {
      signatures.add(signature(name + "[" + i + "]", list.get(i)));
    }
    return signatures;
  }

  private static Signature signature(String name, JsonNode node)
      throws UndecodableMessageException {
    if (!(node instanceof ObjectNode json)) {
      throw wrong(name, "a signature, which is an object", node);
    }
    Map<String, JsonNode> extra = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      switch (field.getKey()) {
        case "task", "args", "kwargs", "options", "subtask_type", "immutable" -> {}
        default -> extra.put(field.getKey(), field.getValue());
      }
    }
    JsonNode task = json.path("task");
    if (!task.isTextual() || task.textValue().isEmpty()) {
      throw wrong(name + ".task", "the name of a task", task);
    }
    JsonNode type = json.path("subtask_type");
    if (!type.isTextual() && !type.isNull() && !type.isMissingNode()) {
      throw wrong(name + ".subtask_type", "text or null", type);
    }
    JsonNode immutable = json.path("immutable");
    if (!immutable.isBoolean() && !immutable.isNull() && !immutable.isMissingNode()) {
      throw wrong(name + ".immutable", "true or false", immutable);
    }
    return new Signature(
        task.textValue(),
        args(name + ".args", json.path("args")),
        object(name + ".kwargs", json.path("kwargs")),
        object(name + ".options", json.path("options")),
        Optional.ofNullable(type.textValue()),
        immutable.booleanValue(),
        extra);
  }

  static ArrayNode args(String name, JsonNode node) throws UndecodableMessageException {
    if (node instanceof ArrayNode array) {
      return array;
    }
    if (node.isNull() || node.isMissingNode()) {
      return NODES.arrayNode();
    }
    throw wrong(name, "a list", node);
  }

  static ObjectNode object(String name, JsonNode node) throws UndecodableMessageException {
    if (node instanceof ObjectNode object) {
      return object;
    }
    if (node.isNull() || node.isMissingNode()) {
      return NODES.objectNode();
    }
    throw wrong(name, "an object", node);
  }

  /** The error for a piece of a body that is of another type than it must be. */
  static UndecodableMessageException wrong(String name, String wanted, JsonNode found) {
    String shown =
        found.isContainerNode()
            ? "with " + found.size() + " elements"
            : "'" + HeaderValues.shortened(found.asText()) + "'";
    return new UndecodableMessageException(
        "The body's '"
            + name
            + "' must be "
            + wanted
            + ", not "
            + found.getNodeType().name().toLowerCase(Locale.ROOT)
            + " "
            + shown
            + ".");
  }
}
