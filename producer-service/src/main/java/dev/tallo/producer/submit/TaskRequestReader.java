package dev.tallo.producer.submit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.messaging.protocol.TaskMessage;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Reads a task from JSON, strictly: unknown and repeated fields, wrong types and values out of
 * their bounds are refused, all that is wrong at once. Reads from the token stream rather than by
 * binding, since it is on the way of every task and has to name each field that is wrong.
 */
@Singleton
public final class TaskRequestReader {
  /** Most headers of the caller's own. */
  static final int MAX_HEADERS = 32;

  /** Longest name of a header, in characters. */
  static final int MAX_HEADER_NAME = 128;

  /**
   * Most bytes of all own headers, names and values: an AMQP frame of 128 KiB has to hold them
   * beside Celery's headers.
   */
  static final int MAX_HEADER_BYTES = 32 * 1024;

  /** Longest time until a task expires: what fits a delay. */
  static final Duration MAX_EXPIRES = Duration.ofSeconds((1 << 28) - 1);

  /** Celery's own headers, and those that the broker gives a meaning to. */
  private static final Set<String> RESERVED_HEADERS =
      Set.of(
          "lang",
          "task",
          "id",
          "shadow",
          "eta",
          "expires",
          "group",
          "group_index",
          "retries",
          "timelimit",
          "root_id",
          "parent_id",
          "argsrepr",
          "kwargsrepr",
          "origin",
          "ignore_result",
          "replaced_task_nesting",
          "stamped_headers",
          "stamps",
          "compression",
          "meth",
          "cc",
          "bcc");

  private static final List<String> RESERVED_HEADER_PREFIXES =
      List.of("x-tallo-", "x-death", "x-first-death-", "x-last-death-", "x-delivery-");

  private static final Set<String> FIELDS =
      new TreeSet<>(
          Set.of(
              "task",
              "args",
              "kwargs",
              "queue",
              "priority",
              "expires",
              "headers",
              "ignore_result",
              "id"));

  private static final JsonFactory STRICT =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final ObjectReader TREES = CeleryJson.MAPPER.readerFor(JsonNode.class);

  /** Where the parser's messages go on about itself. */
  private static final Pattern PARSER_DETAILS =
      Pattern.compile(" \\((start|was|for|through|Note)|\n");

  private final Clock clock;

  public TaskRequestReader(Clock clock) {
    this.clock = clock;
  }

  /**
   * Reads one task.
   *
   * @throws SubmitException.InvalidTask naming every field that is wrong
   */
  public TaskRequest read(byte[] json) {
    return read(json, 0, json.length);
  }

  /** Reads one task from a part of the array. */
  public TaskRequest read(byte[] json, int offset, int length) {
    Fields fields = new Fields();
    try (JsonParser parser = STRICT.createParser(json, offset, length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new SubmitException.InvalidTask("body", "must be a JSON object: {\"task\": …}");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        fields.read(name, parser);
      }
      if (parser.nextToken() != null) {
        fields.refuse("body", "must be one JSON object and nothing after it");
      }
    } catch (JsonProcessingException e) {
      fields.refuse(fields.current, malformed(e));
    } catch (IOException e) {
      fields.refuse("body", "must be JSON in UTF-8");
    }
    return fields.request();
  }

  private static String malformed(JsonProcessingException e) {
    String where =
        e.getLocation() == null
            ? ""
            : " (line %d, column %d)"
                .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
    return "is not well-formed JSON"
        + where
        + ": "
        + PARSER_DETAILS.split(e.getOriginalMessage(), 2)[0];
  }

  /** What was read so far of one request. */
  private final class Fields {
    private final List<FieldError> errors = new ArrayList<>();
    private String current = "body";
    private Optional<String> task = Optional.empty();
    private Optional<String> id = Optional.empty();
    private Optional<String> queue = Optional.empty();
    private ArrayNode args = JsonNodeFactory.instance.arrayNode(0);
    private ObjectNode kwargs = JsonNodeFactory.instance.objectNode();
    private int priority = TaskMessage.DEFAULT_PRIORITY;
    private Optional<TaskRequest.Expiry> expires = Optional.empty();
    private Map<String, Object> headers = Map.of();
    private boolean ignoreResult;

    void refuse(String field, String message) {
      errors.add(new FieldError(field, message));
    }

    void read(String name, JsonParser parser) throws IOException {
      current = name;
      switch (name) {
        case "task" -> task = text(name, parser).filter(this::validTask);
        case "id" -> id = text(name, parser).filter(this::validId);
        case "queue" -> queue = optionalText(name, parser).filter(this::validQueue);
        case "args" -> {
          if (is(parser, JsonToken.START_ARRAY, name, "a JSON array, such as [1, 2]")) {
            args = TREES.readTree(parser) instanceof ArrayNode array ? array : args;
          }
        }
        case "kwargs" -> {
          if (is(parser, JsonToken.START_OBJECT, name, "a JSON object, such as {\"x\": 1}")) {
            kwargs = TREES.readTree(parser) instanceof ObjectNode object ? object : kwargs;
          }
        }
        case "priority" -> readPriority(parser);
        case "expires" -> readExpires(parser);
        case "headers" -> {
          if (is(parser, JsonToken.START_OBJECT, name, "a JSON object of the task's headers")) {
            readHeaders(parser);
          }
        }
        case "ignore_result" -> {
          if (parser.currentToken().isBoolean()) {
            ignoreResult = parser.getBooleanValue();
          } else {
            refuse(name, "must be true or false, not " + kind(parser));
            parser.skipChildren();
          }
        }
        default -> {
          refuse(shown(name), "is unknown; a task has " + String.join(", ", FIELDS));
          parser.skipChildren();
        }
      }
      current = "body";
    }

    TaskRequest request() {
      if (task.isEmpty() && errors.isEmpty()) {
        refuse("task", "is required: the name of the task, such as \"demo.add\"");
      }
      if (!errors.isEmpty()) {
        throw new SubmitException.InvalidTask(errors);
      }
      return new TaskRequest(
          id, task.orElseThrow(), args, kwargs, queue, priority, expires, headers, ignoreResult);
    }

    private boolean is(JsonParser parser, JsonToken token, String field, String what)
        throws IOException {
      if (parser.currentToken() == token) {
        return true;
      }
      refuse(field, "must be " + what + ", not " + kind(parser));
      parser.skipChildren();
      return false;
    }

    private Optional<String> text(String field, JsonParser parser) throws IOException {
      return is(parser, JsonToken.VALUE_STRING, field, "a string")
          ? Optional.of(parser.getText())
          : Optional.empty();
    }

    private Optional<String> optionalText(String field, JsonParser parser) throws IOException {
      return parser.currentToken() == JsonToken.VALUE_NULL ? Optional.empty() : text(field, parser);
    }

    private boolean validTask(String name) {
      if (Names.isTaskName(name)) {
        return true;
      }
      refuse(
          "task",
          "must be 1 to %d of the characters A-Z a-z 0-9 _ . : -".formatted(Names.MAX_TASK_NAME));
      return false;
    }

    private boolean validId(String text) {
      if (Names.isTaskId(text)) {
        return true;
      }
      refuse(
          "id",
          "must be a UUID, or 1 to %d of the characters A-Z a-z 0-9 _ . : -"
              .formatted(Names.MAX_TASK_ID));
      return false;
    }

    private boolean validQueue(String name) {
      if (!Names.isQueueName(name)) {
        refuse(
            "queue",
            "must be 1 to %d of the characters A-Z a-z 0-9 _ . : -"
                .formatted(Names.MAX_QUEUE_NAME));
        return false;
      }
      if (name.startsWith(Topology.RESERVED_PREFIX)) {
        refuse("queue", "must not begin with " + Topology.RESERVED_PREFIX + ", which is reserved");
        return false;
      }
      return true;
    }

    private void readPriority(JsonParser parser) throws IOException {
      if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
          && parser.getNumberType() == JsonParser.NumberType.INT
          && parser.getIntValue() >= 0
          && parser.getIntValue() <= 255) {
        priority = parser.getIntValue();
        return;
      }
      refuse("priority", "must be an integer from 0 to 255, higher first; 4 is normal");
      parser.skipChildren();
    }

    private void readExpires(JsonParser parser) throws IOException {
      switch (parser.currentToken()) {
        case VALUE_NULL -> {}
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> expireIn(parser);
        case VALUE_STRING -> expireAt(parser.getText());
        default -> {
          refuse("expires", EXPIRES_FORM);
          parser.skipChildren();
        }
      }
    }

    private static final String EXPIRES_FORM =
        "must be a date-time with its offset, such as \"2030-01-31T12:00:00Z\", or a number of"
            + " seconds from now";

    private void expireIn(JsonParser parser) throws IOException {
      double seconds = parser.getDoubleValue();
      if (seconds > 0 && seconds <= MAX_EXPIRES.toSeconds()) {
        expires =
            Optional.of(
                new TaskRequest.Expiry.In(Duration.ofNanos((long) (seconds * 1_000_000_000L))));
      } else {
        refuse(
            "expires",
            "must be more than 0 and at most %d seconds".formatted(MAX_EXPIRES.toSeconds()));
      }
    }

    private void expireAt(String text) {
      try {
        OffsetDateTime time = OffsetDateTime.parse(text);
        if (!time.toInstant().isAfter(clock.instant())) {
          refuse("expires", "must lie in the future");
        } else if (time.toInstant().isAfter(clock.instant().plus(MAX_EXPIRES))) {
          refuse(
              "expires", "must be at most %d seconds from now".formatted(MAX_EXPIRES.toSeconds()));
        } else {
          expires = Optional.of(new TaskRequest.Expiry.At(time));
        }
      } catch (DateTimeException e) {
        refuse("expires", EXPIRES_FORM);
      }
    }

    private void readHeaders(JsonParser parser) throws IOException {
      Map<String, Object> read = new LinkedHashMap<>();
      int bytes = 0;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        String field = "headers." + shown(name);
        current = field;
        parser.nextToken();
        Optional<Object> value = headerValue(field, parser);
        if (validHeader(field, name) && value.isPresent()) {
          read.put(name, value.get());
          bytes +=
              name.length()
                  + (value.get() instanceof String text
                      ? text.getBytes(StandardCharsets.UTF_8).length
                      : 8);
        }
      }
      if (read.size() > MAX_HEADERS) {
        refuse("headers", "must be at most " + MAX_HEADERS);
      }
      if (bytes > MAX_HEADER_BYTES) {
        refuse("headers", "must be at most %,d bytes together".formatted(MAX_HEADER_BYTES));
      }
      headers = read;
    }

    private boolean validHeader(String field, String name) {
      String lower = name.toLowerCase(Locale.ROOT);
      if (!Names.isTaskName(name) || name.length() > MAX_HEADER_NAME) {
        refuse(
            field,
            "must have a name of 1 to %d of the characters A-Z a-z 0-9 _ . : -"
                .formatted(MAX_HEADER_NAME));
        return false;
      }
      if (RESERVED_HEADERS.contains(lower)
          || RESERVED_HEADER_PREFIXES.stream().anyMatch(lower::startsWith)) {
        refuse(field, "is a name that Celery, the broker or Tallo uses itself");
        return false;
      }
      return true;
    }

    private Optional<Object> headerValue(String field, JsonParser parser) throws IOException {
      switch (parser.currentToken()) {
        case VALUE_STRING -> {
          return Optional.of(parser.getText());
        }
        case VALUE_TRUE, VALUE_FALSE -> {
          return Optional.of(parser.getBooleanValue());
        }
        case VALUE_NUMBER_INT -> {
          if (parser.getNumberType() == JsonParser.NumberType.INT) {
            return Optional.of(parser.getIntValue());
          }
          // Other integers of AMQP are read wrongly, or not at all, by Celery's clients.
          refuse(field, "must be an integer of 32 bits; send a larger one as a string");
          return Optional.empty();
        }
        case VALUE_NUMBER_FLOAT -> {
          BigDecimal exact = parser.getDecimalValue();
          if (Double.isFinite(exact.doubleValue())) {
            return Optional.of(exact.doubleValue());
          }
          refuse(field, "must be a number that a double can hold");
          return Optional.empty();
        }
        default -> {
          refuse(field, "must be a string, a number, true or false, not " + kind(parser));
          parser.skipChildren();
          return Optional.empty();
        }
      }
    }
  }

  /** A name from outside, short enough to be shown. */
  private static String shown(String name) {
    return name.length() <= 100 ? name : name.substring(0, 100) + "…";
  }

  private static String kind(JsonParser parser) {
    return switch (parser.currentToken()) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
      case VALUE_TRUE, VALUE_FALSE -> "true or false";
      default -> "null";
    };
  }
}
