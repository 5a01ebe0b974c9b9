package dev.tallo.producer.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.problem.DateTimes;
import dev.tallo.problem.FieldError;
import dev.tallo.problem.Problem;
import dev.tallo.problem.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Reads a small JSON object of a request, strictly: what is unknown, repeated or of another type is
 * refused by name, all at once. An empty body is an empty object.
 */
final class BodyFields {
  /** Most bytes of such a body. */
  static final int MAX_BYTES = 16 * 1024;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final JsonNode object;
  private final List<FieldError> errors = new ArrayList<>();

  BodyFields(byte[] json, Set<String> known) {
    object = parse(json);
    object
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!known.contains(name)) {
                refuse(
                    name.length() <= 100 ? name : name.substring(0, 100) + "…",
                    "is unknown; there are " + String.join(", ", new TreeSet<>(known)));
              }
            });
  }

  private static JsonNode parse(byte[] json) {
    try {
      JsonNode read = json.length == 0 ? JSON.createObjectNode() : JSON.readTree(json);
      if (read instanceof ObjectNode) {
        return read;
      }
    } catch (JsonProcessingException e) {
      throw invalid(
          List.of(new FieldError("body", "is not well-formed JSON, or has a field twice")));
    } catch (IOException e) {
      throw invalid(List.of(new FieldError("body", "must be JSON in UTF-8")));
    }
    throw invalid(List.of(new FieldError("body", "must be a JSON object")));
  }

  /**
   * Reads a body of at most {@link #MAX_BYTES}.
   *
   * @throws ProblemException if it has more
   */
  static byte[] bounded(InputStream body) throws IOException {
    byte[] read = body.readNBytes(MAX_BYTES + 1);
    if (read.length > MAX_BYTES) {
      throw invalid(
          List.of(new FieldError("body", "must be at most %,d bytes".formatted(MAX_BYTES))));
    }
    return read;
  }

  private static ProblemException invalid(List<FieldError> errors) {
    return Problem.of("invalid-request", 400, "The request is not valid", errors).exception();
  }

  void refuse(String field, String message) {
    errors.add(new FieldError(field, message));
  }

  void throwErrors() {
    if (!errors.isEmpty()) {
      throw invalid(errors);
    }
  }

  private Optional<JsonNode> value(String field) {
    return Optional.ofNullable(object.get(field)).filter(value -> !value.isNull());
  }

  boolean flag(String field) {
    Optional<JsonNode> value = value(field);
    if (value.isPresent() && !value.get().isBoolean()) {
      refuse(field, "must be true or false");
    }
    return value.filter(JsonNode::booleanValue).isPresent();
  }

  OptionalInt integer(String field, int least, int most) {
    Optional<JsonNode> value = value(field);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    if (value.get().isInt() && value.get().intValue() >= least && value.get().intValue() <= most) {
      return OptionalInt.of(value.get().intValue());
    }
    refuse(field, "must be an integer from %,d to %,d".formatted(least, most));
    return OptionalInt.empty();
  }

  Optional<String> text(String field, Predicate<String> valid, String otherwise) {
    Optional<JsonNode> value = value(field);
    if (value.isEmpty()) {
      return Optional.empty();
    }
    if (value.get().isTextual() && valid.test(value.get().textValue())) {
      return Optional.of(value.get().textValue());
    }
    refuse(field, otherwise);
    return Optional.empty();
  }

  Optional<Instant> time(String field) {
    return value(field)
        .flatMap(
            value -> {
              try {
                return Optional.of(DateTimes.parse(value.asText()).toInstant());
              } catch (DateTimeException e) {
                refuse(field, "must be a date-time with its offset, such as 2030-01-31T12:00:00Z");
                return Optional.empty();
              }
            });
  }
}
