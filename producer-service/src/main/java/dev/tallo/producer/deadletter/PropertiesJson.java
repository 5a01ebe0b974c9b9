package dev.tallo.producer.deadletter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.rabbitmq.client.AMQP;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A message's AMQP properties as JSON, and back. What JSON has no form for is an object with one
 * member: {@code {"$bytes": base64}}, {@code {"$time": ISO 8601}}, {@code {"$decimal": text}}.
 * Integers come back as the narrowest of 32 and 64 bits, numbers with a fraction as doubles.
 */
final class PropertiesJson {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String HEADERS = "headers";
  private static final String BYTES = "$bytes";
  private static final String TIME = "$time";
  private static final String DECIMAL = "$decimal";

  private PropertiesJson() {}

  /** What the broker counts anew with each delivery is left out. */
  static String write(AMQP.BasicProperties properties) {
    ObjectNode json = JSON.createObjectNode();
    put(json, "content_type", properties.getContentType());
    put(json, "content_encoding", properties.getContentEncoding());
    if (properties.getDeliveryMode() != null) {
      json.put("delivery_mode", properties.getDeliveryMode());
    }
    if (properties.getPriority() != null) {
      json.put("priority", properties.getPriority());
    }
    put(json, "correlation_id", properties.getCorrelationId());
    put(json, "reply_to", properties.getReplyTo());
    put(json, "expiration", properties.getExpiration());
    put(json, "message_id", properties.getMessageId());
    if (properties.getTimestamp() != null) {
      json.put("timestamp", properties.getTimestamp().toInstant().toString());
    }
    put(json, "type", properties.getType());
    put(json, "user_id", properties.getUserId());
    put(json, "app_id", properties.getAppId());
    if (properties.getHeaders() != null) {
      ObjectNode headers = json.putObject(HEADERS);
      new TreeMap<>(properties.getHeaders())
          .forEach(
              (name, value) -> {
                if (!name.equals("x-delivery-count")) {
                  headers.set(name, json(value));
                }
              });
    }
    try {
      return JSON.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can always be written", e);
    }
  }

  private static void put(ObjectNode json, String name, @Nullable String value) {
    if (value != null) {
      json.put(name, value);
    }
  }

  private static JsonNode json(@Nullable Object value) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (value) {
      case null -> nodes.nullNode();
      case Boolean flag -> nodes.booleanNode(flag);
      case Byte number -> nodes.numberNode(number.intValue());
      case Short number -> nodes.numberNode(number.intValue());
      case Integer number -> nodes.numberNode(number);
      case Long number -> nodes.numberNode(number);
      case Float number -> nodes.numberNode(number.doubleValue());
      case Double number -> nodes.numberNode(number);
      case BigDecimal number -> nodes.objectNode().put(DECIMAL, number.toString());
      case Date time -> nodes.objectNode().put(TIME, time.toInstant().toString());
      case byte[] bytes -> nodes.objectNode().put(BYTES, Base64.getEncoder().encodeToString(bytes));
      case List<?> list -> {
        ArrayNode array = nodes.arrayNode(list.size());
        list.forEach(element -> array.add(json(element)));
        yield array;
      }
      case Map<?, ?> map -> {
        ObjectNode object = nodes.objectNode();
        map.forEach((name, element) -> object.set(String.valueOf(name), json(element)));
        yield object;
      }
      default -> nodes.textNode(value.toString());
    };
  }

  /** The properties that were written. */
  static AMQP.BasicProperties read(String written) {
    JsonNode json;
    try {
      json = JSON.readTree(written);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the history holds JSON that cannot be read", e);
    }
    AMQP.BasicProperties.Builder properties =
        new AMQP.BasicProperties.Builder()
            .contentType(text(json, "content_type"))
            .contentEncoding(text(json, "content_encoding"))
            .correlationId(text(json, "correlation_id"))
            .replyTo(text(json, "reply_to"))
            .expiration(text(json, "expiration"))
            .messageId(text(json, "message_id"))
            .type(text(json, "type"))
            .userId(text(json, "user_id"))
            .appId(text(json, "app_id"));
    if (json.has("delivery_mode")) {
      properties.deliveryMode(json.get("delivery_mode").intValue());
    }
    if (json.has("priority")) {
      properties.priority(json.get("priority").intValue());
    }
    Optional.ofNullable(text(json, "timestamp"))
        .ifPresent(time -> properties.timestamp(Date.from(Instant.parse(time))));
    if (json.has(HEADERS)) {
      properties.headers(table(json.get(HEADERS)));
    }
    return properties.build();
  }

  private static @Nullable String text(JsonNode json, String name) {
    JsonNode value = json.get(name);
    return value == null ? null : value.textValue();
  }

  private static Map<String, Object> table(JsonNode object) {
    Map<String, Object> table = new HashMap<>();
    object.properties().forEach(member -> table.put(member.getKey(), value(member.getValue())));
    return table;
  }

  private static @Nullable Object value(JsonNode json) {
    if (json.isObject() && json.size() == 1) {
      Map.Entry<String, JsonNode> only = json.properties().iterator().next();
      if (only.getValue().isTextual()) {
        String text = only.getValue().textValue();
        switch (only.getKey()) {
          case BYTES -> {
            return Base64.getDecoder().decode(text);
          }
          case TIME -> {
            return Date.from(Instant.parse(text));
          }
          case DECIMAL -> {
            return new BigDecimal(text);
          }
          default -> {}
        }
      }
    }
    return switch (json.getNodeType()) {
      case BOOLEAN -> json.booleanValue();
      case NUMBER ->
          json.isInt()
              ? (Object) json.intValue()
              : json.isIntegralNumber() ? (Object) json.longValue() : (Object) json.doubleValue();
      case ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>(json.size());
        json.forEach(element -> list.add(value(element)));
        yield list;
      }
      case OBJECT -> table(json);
      case NULL, MISSING -> null;
      default -> json.asText();
    };
  }
}
