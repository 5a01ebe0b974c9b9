package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/**
 * JSON as Celery writes it: with {@code NaN} and {@code Infinity}, and with typed values ({@code
 * kombu/utils/json.py}, from Kombu 5.3 on): an object with exactly the keys {@code __type__} and
 * {@code __value__} stands for a date, a decimal, a UUID or bytes. Older versions write such values
 * as plain text.
 */
public final class CeleryJson {

  /**
   * The deepest that lists and objects may be nested in a message, written or read. What a task was
   * sent can so be told in its outcome, where it lies no deeper.
   */
  public static final int MAX_DEPTH = StreamWriteConstraints.DEFAULT_MAX_DEPTH;

  /**
   * The mapper of everything on the wire. Buffers come from a pool that is not bound to threads,
   * because each task runs on a virtual thread of its own; names from outside are not interned.
   */
  public static final ObjectMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxStringLength(Content.MAX_INFLATED)
                          .build())
                  .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                  .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                  .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
                  .build())
          .disable(SerializationFeature.FLUSH_AFTER_WRITE_VALUE)
          .build();

  /** Reads a batch, in which each outcome lies a level deeper than where it was written. */
  static final JsonFactory BATCHES =
      MAPPER
          .getFactory()
          .rebuild()
          .streamReadConstraints(
              MAPPER
                  .getFactory()
                  .streamReadConstraints()
                  .rebuild()
                  .maxNestingDepth(MAX_DEPTH + 1)
                  .build())
          .build();

  private static final String TYPE = "__type__";
  private static final String VALUE = "__value__";
  private static final int MAX_DECIMAL_LENGTH = 1000;

  private CeleryJson() {}

  /**
   * Replaces typed values by what Jackson binds to the Java type of the same meaning: dates and
   * times by ISO 8601 text, {@code decimal} by a number, {@code uuid} by its text, {@code bytes}
   * and {@code base64} by binary. A node without typed values is returned itself.
   *
   * @throws UndecodableMessageException if a {@code __type__} is unknown, as in Celery, or its
   *     value is none of that type
   */
  public static JsonNode plain(JsonNode node) throws UndecodableMessageException {
    return switch (node) {
      case ArrayNode array -> plainArray(array);
      case ObjectNode object when object.size() == 2 && object.has(TYPE) && object.has(VALUE) ->
          plainValue(object.get(TYPE), object.get(VALUE));
      case ObjectNode object -> plainObject(object);
      default -> node;
    };
  }

  private static JsonNode plainArray(ArrayNode array) throws UndecodableMessageException {
    ArrayNode copy = null;
    for (int i = 0; i < array.size(); i++) {
      JsonNode element = array.get(i);
      JsonNode plain = plain(element);
      if (plain != element) {
        if (copy == null) {
          copy = JsonNodeFactory.instance.arrayNode(array.size()).addAll(array);
        }
        copy.set(i, plain);
      }
    }
    return copy == null ? array : copy;
  }

  private static JsonNode plainObject(ObjectNode object) throws UndecodableMessageException {
    ObjectNode copy = null;
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      JsonNode plain = plain(field.getValue());
      if (plain != field.getValue()) {
        if (copy == null) {
          copy = JsonNodeFactory.instance.objectNode().setAll(object);
        }
        copy.set(field.getKey(), plain);
      }
    }
    return copy == null ? object : copy;
  }

  private static JsonNode plainValue(JsonNode type, JsonNode value)
      throws UndecodableMessageException {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    try {
      return switch (type.asText()) {
        case "datetime", "date", "time" -> nodes.textNode(text(type, value));
        case "decimal" -> decimal(text(type, value));
        case "uuid" -> nodes.textNode(uuid(value.isObject() ? value.path("hex") : value));
        case "bytes" -> nodes.binaryNode(text(type, value).getBytes(StandardCharsets.UTF_8));
        case "base64" -> nodes.binaryNode(Base64.getDecoder().decode(text(type, value)));
        default ->
            throw new UndecodableMessageException(
                "The __type__ '"
                    + HeaderValues.shortened(type.asText())
                    + "' is unknown; known are datetime, date, time, decimal, uuid, bytes, base64.");
      };
    } catch (IllegalArgumentException e) {
      throw new UndecodableMessageException(
          "The __value__ '"
              + HeaderValues.shortened(value.asText())
              + "' is no "
              + type.asText()
              + ".",
          e);
    }
  }

  private static String text(JsonNode type, JsonNode value) throws UndecodableMessageException {
    if (!value.isTextual()) {
      throw new UndecodableMessageException(
          "The __value__ of a " + type.asText() + " must be text.");
    }
    return value.textValue();
  }

  /** Python's decimals have NaN and infinities too; an exponent beyond reason is refused. */
  private static JsonNode decimal(String text) {
    if (text.length() > MAX_DECIMAL_LENGTH) {
      throw new NumberFormatException("too long");
    }
    switch (text) {
      case "NaN", "sNaN" -> {
        return JsonNodeFactory.instance.numberNode(Double.NaN);
      }
      case "Infinity" -> {
        return JsonNodeFactory.instance.numberNode(Double.POSITIVE_INFINITY);
      }
      case "-Infinity" -> {
        return JsonNodeFactory.instance.numberNode(Double.NEGATIVE_INFINITY);
      }
      default -> {
        BigDecimal decimal = new BigDecimal(text);
        if (Math.abs((long) decimal.scale()) > MAX_DECIMAL_LENGTH) {
          throw new NumberFormatException("exponent too large");
        }
        return JsonNodeFactory.instance.numberNode(decimal);
      }
    }
  }

  private static String uuid(JsonNode hex) {
    String digits = hex.asText().replace("-", "");
    if (digits.length() != 32) {
      throw new IllegalArgumentException("a UUID has 32 digits");
    }
    return new UUID(
            HexFormat.fromHexDigitsToLong(digits, 0, 16),
            HexFormat.fromHexDigitsToLong(digits, 16, 32))
        .toString();
  }

  /**
   * The value in its typed form: {@code {"__type__":"decimal","__value__":"1.20"}}. For peers with
   * Kombu 5.3 or newer; ordinary JSON is the default everywhere.
   *
   * @param value of {@code java.time}, a {@code BigDecimal}, {@code UUID} or {@code byte[]}, or
   *     anything that Jackson writes and that contains such
   */
  public static JsonNode typed(Object value) {
    return Typed.MAPPER.valueToTree(value);
  }

  /** Makes any mapper write values of {@code java.time} and the like in their typed form. */
  public static Module typedModule() {
    return new SimpleModule("celery-typed-values")
        .addSerializer(typed(OffsetDateTime.class, "datetime", Iso8601::format))
        .addSerializer(
            typed(ZonedDateTime.class, "datetime", time -> Iso8601.format(time.toOffsetDateTime())))
        .addSerializer(
            typed(Instant.class, "datetime", time -> Iso8601.format(time.atOffset(ZoneOffset.UTC))))
        .addSerializer(typed(LocalDateTime.class, "datetime", Iso8601::format))
        .addSerializer(typed(LocalDate.class, "date", LocalDate::toString))
        .addSerializer(typed(LocalTime.class, "time", Iso8601::format))
        .addSerializer(typed(BigDecimal.class, "decimal", BigDecimal::toString))
        .addSerializer(
            typed(UUID.class, "uuid", uuid -> Map.of("hex", uuid.toString().replace("-", ""))))
        .addSerializer(
            typed(byte[].class, "base64", bytes -> Base64.getEncoder().encodeToString(bytes)));
  }

  private static <T> TypedSerializer<T> typed(
      Class<T> javaType, String type, Function<T, Object> value) {
    return new TypedSerializer<>(javaType, type, value);
  }

  /** Made when first asked for. */
  private static final class Typed {
    static final ObjectMapper MAPPER = JsonMapper.builder().addModule(typedModule()).build();
  }

  private static final class TypedSerializer<T> extends StdSerializer<T> {
    private static final long serialVersionUID = 1L;

    private final String type;
    private final transient Function<T, Object> form;

    TypedSerializer(Class<T> javaType, String type, Function<T, Object> form) {
      super(javaType);
      this.type = type;
      this.form = form;
    }

    @Override
    public void serialize(T value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      json.writeStartObject();
      json.writeStringField(TYPE, type);
      json.writeFieldName(VALUE);
      switch (form.apply(value)) {
        case String text -> json.writeString(text);
        case Map<?, ?> map -> {
          json.writeStartObject();
          for (Map.Entry<?, ?> entry : map.entrySet()) {
            json.writeStringField(entry.getKey().toString(), entry.getValue().toString());
          }
          json.writeEndObject();
        }
        default -> throw new IllegalStateException("A typed value is text or an object.");
      }
      json.writeEndObject();
    }
  }
}
