package dev.tallo.problem;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.messaging.protocol.MalformedJson;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeSet;

/**
 * Reads the fields of a JSON object, strictly, and takes note of all that is wrong: of what is not
 * well-formed, unknown, missing, repeated or of a wrong type (400), and of what means nothing
 * (422). A field that is null is as if it were left out.
 */
public final class JsonFields {
  private static final ObjectReader STRICT =
      CeleryJson.MAPPER
          .reader(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .with(StreamReadFeature.STRICT_DUPLICATE_DETECTION.mappedFeature());

  private final ObjectNode object;
  private final String prefix;
  private final List<FieldError> malformed;
  private final List<FieldError> meaningless;

  private JsonFields(
      ObjectNode object,
      String prefix,
      List<FieldError> malformed,
      List<FieldError> meaningless,
      List<String> known) {
    this.object = object;
    this.prefix = prefix;
    this.malformed = malformed;
    this.meaningless = meaningless;
    object
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!known.contains(name)) {
                malformed(
                    shown(name),
                    "is unknown; there are " + String.join(", ", new TreeSet<>(known)));
              }
            });
  }

  /**
   * Reads a request's body.
   *
   * @param known the fields that there are
   * @throws ProblemException 400 if it is no JSON object
   */
  public static JsonFields of(byte[] json, List<String> known) {
    return of(tree(json), known);
  }

  /** The fields of an object that was read before. */
  public static JsonFields of(ObjectNode object, List<String> known) {
    return new JsonFields(object, "", new ArrayList<>(), new ArrayList<>(), known);
  }

  /**
   * Parses a JSON object and nothing after it.
   *
   * @throws ProblemException 400 if it is none
   */
  public static ObjectNode tree(byte[] json) {
    try {
      if (STRICT.readTree(json) instanceof ObjectNode object) {
        return object;
      }
      throw notJson("must be a JSON object");
    } catch (JsonProcessingException e) {
      throw notJson(MalformedJson.message(e));
    } catch (IOException e) {
      throw notJson("must be JSON in UTF-8");
    }
  }

  private static ProblemException notJson(String message) {
    return Problem.of(
            "malformed",
            400,
            "The request cannot be read",
            List.of(new FieldError("body", message)))
        .exception();
  }

  /** Whether the field is there and not null. */
  public boolean has(String name) {
    return object.hasNonNull(name);
  }

  /** A string. */
  public Optional<String> text(String name) {
    return value(name)
        .filter(node -> is(node.isTextual(), name, "a string", node))
        .map(JsonNode::textValue);
  }

  /** True or false. */
  public Optional<Boolean> bool(String name) {
    return value(name)
        .filter(node -> is(node.isBoolean(), name, "true or false", node))
        .map(JsonNode::booleanValue);
  }

  /** A JSON array; empty if it is left out. */
  public ArrayNode array(String name) {
    return value(name)
                .filter(node -> is(node.isArray(), name, "a JSON array, such as [1, 2]", node))
                .orElse(null)
            instanceof ArrayNode array
        ? array
        : JsonNodeFactory.instance.arrayNode();
  }

  /** A JSON object; empty if it is left out. */
  public ObjectNode object(String name) {
    return value(name)
                .filter(
                    node -> is(node.isObject(), name, "a JSON object, such as {\"x\": 1}", node))
                .orElse(null)
            instanceof ObjectNode tree
        ? tree
        : JsonNodeFactory.instance.objectNode();
  }

  /** The fields of a JSON object, if it is there. */
  public Optional<JsonFields> fields(String name, List<String> known) {
    return value(name)
        .filter(node -> is(node.isObject(), name, "a JSON object", node))
        .map(
            node ->
                new JsonFields(
                    (ObjectNode) node, prefix + name + ".", malformed, meaningless, known));
  }

  /**
   * An integer within bounds.
   *
   * @param what of it, after the bounds: {@code ", higher first"}
   */
  public OptionalInt integer(String name, int least, int most, String what) {
    Optional<JsonNode> value =
        value(name).filter(node -> is(node.isIntegralNumber(), name, "an integer", node));
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    JsonNode node = value.get();
    if (node.canConvertToInt() && node.intValue() >= least && node.intValue() <= most) {
      return OptionalInt.of(node.intValue());
    }
    refuse(name, "must be an integer from %d to %d%s".formatted(least, most, what));
    return OptionalInt.empty();
  }

  /** A number within bounds. */
  public OptionalDouble number(String name, double least, double most, String what) {
    Optional<JsonNode> value =
        value(name).filter(node -> is(node.isNumber(), name, "a number", node));
    if (value.isEmpty()) {
      return OptionalDouble.empty();
    }
    double number = value.get().doubleValue();
    if (number >= least && number <= most) {
      return OptionalDouble.of(number);
    }
    refuse(name, "must be a number from %s to %s%s".formatted(plain(least), plain(most), what));
    return OptionalDouble.empty();
  }

  /** A number of seconds within bounds, of millisecond precision. */
  public Optional<Duration> seconds(String name, Duration least, Duration most, String what) {
    OptionalDouble seconds =
        number(name, least.toMillis() / 1e3, most.toMillis() / 1e3, " seconds" + what);
    return seconds.isPresent()
        ? Optional.of(Duration.ofMillis(Math.round(seconds.getAsDouble() * 1e3)))
        : Optional.empty();
  }

  /** A date-time with its offset, of millisecond precision. */
  public Optional<Instant> time(String name) {
    return text(name)
        .flatMap(
            text -> {
              try {
                return Optional.of(
                    DateTimes.parse(text).toInstant().truncatedTo(ChronoUnit.MILLIS));
              } catch (DateTimeException e) {
                refuse(
                    name, "must be a date-time with its offset, such as \"2030-01-31T12:00:00Z\"");
                return Optional.empty();
              }
            });
  }

  /**
   * The field is left out and must not be: 400.
   *
   * @param what it is
   */
  public void missing(String name, String what) {
    malformed(name, "is required: " + what);
  }

  /** The field means nothing: 422. */
  public void refuse(String name, String message) {
    meaningless.add(new FieldError(prefix + name, message));
  }

  /** Whether nothing was found to be wrong yet. */
  public boolean clean() {
    return malformed.isEmpty() && meaningless.isEmpty();
  }

  /** What was found to be wrong yet. */
  public List<FieldError> errors() {
    List<FieldError> all = new ArrayList<>(malformed);
    all.addAll(meaningless);
    return all;
  }

  /**
   * Ends the request if anything is wrong.
   *
   * @param kind of the problem, {@code invalid-schedule}
   * @param title of the problem
   * @throws ProblemException 400 or 422, with all that is wrong
   */
  public void check(String kind, String title) {
    if (!clean()) {
      throw Problem.of(kind, malformed.isEmpty() ? 422 : 400, title, errors()).exception();
    }
  }

  private Optional<JsonNode> value(String name) {
    return Optional.ofNullable(object.get(name)).filter(node -> !node.isNull());
  }

  private boolean is(boolean holds, String name, String what, JsonNode node) {
    if (!holds) {
      malformed(name, "must be " + what + ", not " + kind(node));
    }
    return holds;
  }

  private void malformed(String name, String message) {
    malformed.add(new FieldError(prefix + name, message));
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  /** A name from outside, short enough to be shown. */
  private static String shown(String name) {
    return name.length() <= 100 ? name : name.substring(0, 100) + "…";
  }

  private static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> "an object";
      case ARRAY -> "an array";
      case STRING -> "a string";
      case NUMBER -> "a number";
      case BOOLEAN -> "true or false";
      default -> "null";
    };
  }
}
