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
import dev.tallo.messaging.broker.Delay;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.messaging.protocol.MalformedJson;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.webhook.AllowedHosts;
import dev.tallo.problem.DateTimes;
import dev.tallo.problem.FieldError;
import dev.tallo.producer.history.TaskLimits;
import dev.tallo.producer.submit.TaskRequest.Moment;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
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

  /** Longest time until a task is due or expires: what fits a delay. */
  static final Duration MAX_AHEAD = Delay.MAX;

  /** Shortest pause between two attempts. */
  static final Duration SHORTEST_PAUSE = Duration.ofMillis(1);

  /** Longest name of an exception, in characters. */
  static final int MAX_EXCEPTION_NAME = 200;

  /** Shortest time that an attempt may be given, or that a unique key may be held. */
  static final Duration MIN_LIMIT = Duration.ofMillis(100);

  /** Longest of those. */
  static final Duration MAX_LIMIT = Duration.ofDays(30);

  /** Shortest time until a task expires. */
  static final Duration SHORTEST_EXPIRES = Duration.ofMillis(1);

  /** Longest unique key, in characters. */
  static final int MAX_UNIQUE_KEY = 255;

  /** Has the broker deliver to further routing keys. */
  private static final Set<String> SELECTED_DISTRIBUTION = Set.of("cc", "bcc");

  /** Headers of ours begin with it. */
  private static final String OWN_HEADERS = "x-tallo-";

  private static final List<String> FIELDS =
      List.of(
          "args",
          "callback_url",
          "countdown",
          "eta",
          "expires",
          "give_up_on",
          "headers",
          "id",
          "ignore_result",
          "kwargs",
          "max_retries",
          "priority",
          "queue",
          "retry_backoff",
          "retry_backoff_max",
          "retry_on",
          "soft_time_limit",
          "task",
          "time_limit",
          "unique_for",
          "unique_key");

  private static final JsonFactory STRICT =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final ObjectReader TREES = CeleryJson.MAPPER.readerFor(JsonNode.class);

  private static final Pattern EXCEPTION_NAME =
      Pattern.compile("[\\p{L}_$][\\p{L}\\p{N}_$]*(\\.[\\p{L}_$][\\p{L}\\p{N}_$]*)*");

  private final Clock clock;
  private final AllowedHosts callbackHosts;

  /**
   * @throws IllegalArgumentException if {@code tallo.webhook.allowed-hosts} cannot be read
   */
  public TaskRequestReader(Clock clock, WebhookConfig webhooks) {
    this.clock = clock;
    callbackHosts = AllowedHosts.parse(webhooks.allowedHosts().orElse(List.of()));
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
      fields.refuse(fields.current, MalformedJson.message(e));
    } catch (IOException e) {
      fields.refuse("body", "must be JSON in UTF-8");
    }
    return fields.request();
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
    private Optional<Moment> countdown = Optional.empty();
    private Optional<Moment> eta = Optional.empty();
    private Optional<Moment> expires = Optional.empty();
    private OptionalInt maxRetries = OptionalInt.empty();
    private Optional<Duration> backOff = Optional.empty();
    private Optional<Duration> maxBackOff = Optional.empty();
    private List<String> retryOn = List.of();
    private List<String> giveUpOn = List.of();
    private Optional<Duration> timeLimit = Optional.empty();
    private Optional<Duration> softTimeLimit = Optional.empty();
    private Optional<String> callbackUrl = Optional.empty();
    private Optional<String> uniqueKey = Optional.empty();
    private Optional<Duration> uniqueFor = Optional.empty();
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
        case "priority" ->
            integer(name, parser, 0, 255, ", higher first; 4 is normal")
                .ifPresent(value -> priority = value);
        case "countdown" ->
            countdown =
                seconds(name, parser, Duration.ZERO, MAX_AHEAD, "from now").map(Moment.In::new);
        case "eta" -> eta = optionalText(name, parser).flatMap(text -> time(name, text));
        case "expires" -> expires = expires(parser);
        case "max_retries" ->
            maxRetries =
                integer(name, parser, 0, RetryOptions.MOST_RETRIES, ": attempts after the first");
        case "retry_backoff" -> backOff = pause(name, parser, "before the first retry");
        case "retry_backoff_max" -> maxBackOff = pause(name, parser, "between two attempts");
        case "retry_on" -> retryOn = exceptions(name, parser);
        case "give_up_on" -> giveUpOn = exceptions(name, parser);
        case "time_limit" ->
            timeLimit = seconds(name, parser, MIN_LIMIT, MAX_LIMIT, "of one attempt");
        case "soft_time_limit" ->
            softTimeLimit = seconds(name, parser, MIN_LIMIT, MAX_LIMIT, "of one attempt");
        case "callback_url" -> callbackUrl = optionalText(name, parser).filter(this::validCallback);
        case "unique_key" -> uniqueKey = optionalText(name, parser).filter(this::validUniqueKey);
        case "unique_for" ->
            uniqueFor = seconds(name, parser, MIN_LIMIT, MAX_LIMIT, "from the submission on");
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
      refuseContradictions();
      if (!errors.isEmpty()) {
        throw new SubmitException.InvalidTask(errors);
      }
      return new TaskRequest(
          id,
          task.orElseThrow(),
          args,
          kwargs,
          queue,
          priority,
          eta.or(() -> countdown),
          expires,
          headers,
          new TaskLimits(
              new RetryOptions(maxRetries, backOff, maxBackOff, retryOn, giveUpOn),
              timeLimit,
              softTimeLimit),
          ignoreResult,
          callbackUrl,
          uniqueKey.flatMap(key -> uniqueFor.map(atMost -> new TaskRequest.Unique(key, atMost))),
          Optional.empty());
    }

    private void refuseContradictions() {
      if (countdown.isPresent() && eta.isPresent()) {
        refuse("countdown", "must not be given beside eta, which says the same otherwise");
      }
      if (timeLimit.isPresent()
          && softTimeLimit.filter(soft -> soft.compareTo(timeLimit.get()) >= 0).isPresent()) {
        refuse("soft_time_limit", "must be shorter than time_limit, which ends the attempt");
      }
      if (backOff.isPresent()
          && maxBackOff.filter(most -> most.compareTo(backOff.get()) < 0).isPresent()) {
        refuse("retry_backoff_max", "must not be shorter than retry_backoff");
      }
      giveUpOn.stream()
          .filter(retryOn::contains)
          .findFirst()
          .ifPresent(
              both -> refuse("give_up_on", "must not name %s, as retry_on does".formatted(both)));
      Optional<Moment> due = eta.or(() -> countdown);
      if (due.isPresent() && expires.isPresent()) {
        OffsetDateTime now = clock.instant().atOffset(ZoneOffset.UTC);
        if (!expires.get().from(now).isAfter(due.get().from(now))) {
          refuse("expires", "must lie after the time at which the task is due");
        }
      }
      boolean refused = errors.stream().anyMatch(e -> e.field().startsWith("unique_"));
      if (!refused && uniqueKey.isPresent() != uniqueFor.isPresent()) {
        refuse(
            uniqueKey.isPresent() ? "unique_for" : "unique_key",
            "is required: a unique task has both unique_key and unique_for");
      }
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

    private boolean validCallback(String url) {
      Optional<String> refusal = callbackHosts.refusal(url);
      refusal.ifPresent(why -> refuse("callback_url", why));
      return refusal.isEmpty();
    }

    private boolean validUniqueKey(String key) {
      if (!key.isBlank()
          && key.length() <= MAX_UNIQUE_KEY
          && key.chars().noneMatch(Character::isISOControl)) {
        return true;
      }
      refuse(
          "unique_key",
          "must be 1 to %d characters, no control characters".formatted(MAX_UNIQUE_KEY));
      return false;
    }

    /** Empty for null too, which is as if it were left out. */
    private OptionalInt integer(String field, JsonParser parser, int least, int most, String what)
        throws IOException {
      if (parser.currentToken() == JsonToken.VALUE_NULL) {
        return OptionalInt.empty();
      }
      if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
          && parser.getNumberType() == JsonParser.NumberType.INT
          && parser.getIntValue() >= least
          && parser.getIntValue() <= most) {
        return OptionalInt.of(parser.getIntValue());
      }
      refuse(field, "must be an integer from %d to %d%s".formatted(least, most, what));
      parser.skipChildren();
      return OptionalInt.empty();
    }

    /** To the millisecond, as it is stored. */
    private Optional<Duration> pause(String field, JsonParser parser, String what)
        throws IOException {
      return seconds(field, parser, SHORTEST_PAUSE, RetryOptions.LONGEST_PAUSE, what)
          .map(pause -> pause.truncatedTo(ChronoUnit.MILLIS));
    }

    private List<String> exceptions(String field, JsonParser parser) throws IOException {
      if (parser.currentToken() == JsonToken.VALUE_NULL) {
        return List.of();
      }
      if (!is(parser, JsonToken.START_ARRAY, field, "a JSON array of names of exceptions")) {
        return List.of();
      }
      List<String> names = new ArrayList<>();
      boolean valid = true;
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        valid &=
            parser.currentToken() == JsonToken.VALUE_STRING && isExceptionName(parser.getText());
        if (parser.currentToken() == JsonToken.VALUE_STRING
            && names.size() <= RetryOptions.MOST_NAMES) {
          names.add(parser.getText());
        }
        parser.skipChildren();
      }
      if (valid && names.size() <= RetryOptions.MOST_NAMES) {
        return names.stream().distinct().toList();
      }
      refuse(
          field,
          ("must be at most %d names of exceptions, simple or qualified, such as"
                  + " \"java.io.IOException\"")
              .formatted(RetryOptions.MOST_NAMES));
      return List.of();
    }

    private boolean isExceptionName(String text) {
      return text.length() <= MAX_EXCEPTION_NAME && EXCEPTION_NAME.matcher(text).matches();
    }

    /** Empty for null too, which is as if it were left out. */
    private Optional<Duration> seconds(
        String field, JsonParser parser, Duration least, Duration most, String what)
        throws IOException {
      if (parser.currentToken() == JsonToken.VALUE_NULL) {
        return Optional.empty();
      }
      if (parser.currentToken().isNumeric()) {
        double seconds = parser.getDoubleValue();
        if (seconds >= least.toMillis() / 1e3 && seconds <= most.toMillis() / 1e3) {
          return Optional.of(Duration.ofNanos((long) (seconds * 1e9)));
        }
      } else {
        parser.skipChildren();
      }
      refuse(
          field,
          "must be a number of seconds %s, %s to %d"
              .formatted(
                  what,
                  least.isZero() ? "0" : String.valueOf(least.toMillis() / 1e3),
                  most.toSeconds()));
      return Optional.empty();
    }

    private Optional<Moment> time(String field, String text) {
      try {
        OffsetDateTime time = DateTimes.parse(text);
        if (time.toInstant().isAfter(clock.instant().plus(MAX_AHEAD))) {
          refuse(field, "must be at most %d seconds from now".formatted(MAX_AHEAD.toSeconds()));
          return Optional.empty();
        }
        return Optional.of(new Moment.At(time));
      } catch (DateTimeException e) {
        refuse(field, "must be a date-time with its offset, such as \"2030-01-31T12:00:00Z\"");
        return Optional.empty();
      }
    }

    private Optional<Moment> expires(JsonParser parser) throws IOException {
      return switch (parser.currentToken()) {
        case VALUE_NULL -> Optional.empty();
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
            seconds("expires", parser, SHORTEST_EXPIRES, MAX_AHEAD, "from now").map(Moment.In::new);
        case VALUE_STRING -> time("expires", parser.getText()).filter(this::liesAhead);
        default -> {
          refuse(
              "expires",
              "must be a date-time with its offset, such as \"2030-01-31T12:00:00Z\", or a number"
                  + " of seconds from now");
          parser.skipChildren();
          yield Optional.empty();
        }
      };
    }

    private boolean liesAhead(Moment expires) {
      OffsetDateTime now = clock.instant().atOffset(ZoneOffset.UTC);
      if (expires.from(now).isAfter(now)) {
        return true;
      }
      refuse("expires", "must lie in the future");
      return false;
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
      if (TaskHeaders.isReserved(lower)
          || SELECTED_DISTRIBUTION.contains(lower)
          || lower.startsWith(OWN_HEADERS)) {
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
          double value = Double.parseDouble(parser.getText());
          if (Double.isFinite(value)) {
            return Optional.of(value);
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
