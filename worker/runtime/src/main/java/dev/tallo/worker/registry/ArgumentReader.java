package dev.tallo.worker.registry;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import dev.tallo.worker.InvalidArguments;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Makes one parameter's value of JSON. What fits exactly (a text for a {@code String}, an integer
 * for an {@code int}) is taken directly; everything else goes through an {@link ObjectReader} that
 * was prepared at start-up: the application's own, but strict with numbers, and a time keeps the
 * zone that it was sent with.
 */
final class ArgumentReader {

  /** Types that need no Jackson where the JSON fits exactly. */
  private enum Direct {
    TEXT,
    INTEGER,
    LONG,
    DOUBLE,
    BOOLEAN,
    TREE,
    NONE
  }

  private final String name;
  private final JavaType type;
  private final ObjectReader reader;
  private final Direct direct;

  ArgumentReader(String name, JavaType type, ObjectMapper mapper) {
    this.name = name;
    this.type = type;
    this.reader =
        mapper
            .readerFor(type)
            .with(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .without(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .without(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE);
    this.direct = direct(type.getRawClass());
  }

  private static Direct direct(Class<?> raw) {
    if (raw == String.class) {
      return Direct.TEXT;
    }
    if (raw == int.class || raw == Integer.class) {
      return Direct.INTEGER;
    }
    if (raw == long.class || raw == Long.class) {
      return Direct.LONG;
    }
    if (raw == double.class || raw == Double.class) {
      return Direct.DOUBLE;
    }
    if (raw == boolean.class || raw == Boolean.class) {
      return Direct.BOOLEAN;
    }
    return raw == JsonNode.class ? Direct.TREE : Direct.NONE;
  }

  String name() {
    return name;
  }

  /**
   * The value.
   *
   * @throws InvalidArguments if the JSON cannot become it
   */
  @Nullable Object read(JsonNode node) {
    switch (direct) {
      case TEXT -> {
        if (node.isTextual()) {
          return node.textValue();
        }
      }
      case INTEGER -> {
        if (node.isInt()) {
          return node.intValue();
        }
      }
      case LONG -> {
        if (node.isInt() || node.isLong()) {
          return node.longValue();
        }
      }
      case DOUBLE -> {
        if (node.isDouble() || node.isInt()) {
          return node.doubleValue();
        }
      }
      case BOOLEAN -> {
        if (node.isBoolean()) {
          return node.booleanValue();
        }
      }
      case TREE -> {
        return plain(node);
      }
      case NONE -> {}
    }
    try {
      return reader.readValue(plain(node));
    } catch (JsonMappingException e) {
      throw invalid(e.getPathReference() + e.getOriginalMessage());
    } catch (IOException | IllegalArgumentException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
  }

  /** The value of a parameter that may be left out: an empty {@code Optional} or null. */
  @Nullable Object absent() {
    return read(NullNode.instance);
  }

  private JsonNode plain(JsonNode node) {
    if (!node.isContainerNode()) {
      return node;
    }
    try {
      return CeleryJson.plain(node);
    } catch (UndecodableMessageException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
  }

  private InvalidArguments invalid(String why) {
    return new InvalidArguments(
        "argument '%s' cannot be converted to %s: %s"
            .formatted(name, type.toCanonical().replace("java.lang.", ""), why));
  }
}
