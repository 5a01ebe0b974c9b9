package dev.tallo.routing.rule;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.problem.FieldError;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/**
 * Reads a rule from JSON, strictly: unknown fields, wrong types and values out of their bounds are
 * refused, all that is wrong at once, each by its place. For one rule and one thread.
 */
public final class RuleReader {
  /** Most headers, and most arguments, that a rule may ask for. */
  static final int MAX_CONDITIONS = 20;

  /** Most values of {@code in}, and most queues of a split. */
  static final int MAX_VALUES = 100;

  /** Longest text of a condition, a reason, a header's name and a pointer, in characters. */
  static final int MAX_TEXT = 1_000;

  /** Ids that are places of the API, or the default rule's. */
  private static final Set<String> RESERVED =
      Set.of("bindings", "order", "resolve", "unroutable", RuleSet.DEFAULT);

  private static final Set<String> FIELDS =
      Set.of("id", "match", "queue", "split", "reject", "priority", "limit", "mirror");

  private final Set<String> inboxes;
  private final List<FieldError> errors = new ArrayList<>();

  private RuleReader(Set<String> inboxes) {
    this.inboxes = inboxes;
  }

  /**
   * Reads a rule.
   *
   * @param id taken where the rule does not name one itself
   * @param inboxes queues that tasks are taken from, and so cannot be sent to
   * @throws InvalidRuleException naming every field that is wrong
   */
  public static Rule read(ObjectNode json, String id, Set<String> inboxes) {
    RuleReader reader = new RuleReader(inboxes);
    Rule rule = reader.rule(json, id);
    if (!reader.errors.isEmpty()) {
      throw new InvalidRuleException(reader.errors);
    }
    return rule;
  }

  /**
   * Reads a rule that was accepted before.
   *
   * @throws InvalidRuleException if another version of the service wrote what this one does not
   *     know
   */
  static Rule readAccepted(ObjectNode json, String id) {
    RuleReader reader = new RuleReader(Set.of());
    Rule rule = reader.rule(json, id);
    reader.errors.removeIf(error -> error.field().equals("id"));
    if (!reader.errors.isEmpty()) {
      throw new InvalidRuleException(reader.errors);
    }
    return rule;
  }

  private void refuse(String field, String message) {
    errors.add(new FieldError(field, message));
  }

  private Rule rule(ObjectNode json, String givenId) {
    refuseUnknown("", json, FIELDS);
    String id = text(json, "id", "id", Rule.MAX_ID).orElse(givenId);
    if (!id.isEmpty() && !Names.isTaskName(id)) {
      refuse("id", "must be of the characters A-Z a-z 0-9 _ . : -");
    }
    if (RESERVED.contains(id)) {
      refuse("id", "must be none of " + String.join(", ", RESERVED.stream().sorted().toList()));
    }
    Match match =
        json.has("match")
            ? object(json, "match", "match").map(this::match).orElse(Match.EVERYTHING)
            : missing("match", "which tasks the rule takes, such as {\"task\": \"reports.*\"}");
    Action action = action(json);
    OptionalInt priority = number(json, "priority", "priority", 0, 255);
    Optional<RateLimit> limit = object(json, "limit", "limit").flatMap(this::limit);
    Optional<String> mirror = queue(json, "mirror", "mirror");
    Rule rule = new Rule(id, match, action, priority, limit, mirror);
    refuseContradictions(json, rule);
    return rule;
  }

  private Match missing(String field, String what) {
    refuse(field, "is required: " + what);
    return Match.EVERYTHING;
  }

  private void refuseContradictions(ObjectNode json, Rule rule) {
    if (rule.action() instanceof Action.Reject && json.has("reject")) {
      for (String field : List.of("priority", "limit", "mirror")) {
        if (json.has(field)) {
          refuse(field, "must not be given beside reject: a rejected task goes nowhere");
        }
      }
    }
    if (rule.mirror().isPresent()
        && switch (rule.action()) {
          case Action.ToQueue(String queue) -> queue.equals(rule.mirror().get());
          case Action.Split split ->
              split.shares().stream().anyMatch(it -> it.queue().equals(rule.mirror().get()));
          case Action.Reject ignored -> false;
        }) {
      refuse("mirror", "must be another queue than that of the task");
    }
  }

  private Action action(ObjectNode json) {
    List<String> given = List.of("queue", "split", "reject").stream().filter(json::has).toList();
    if (given.size() != 1) {
      refuse(
          given.isEmpty() ? "queue" : given.get(1),
          given.isEmpty()
              ? "is required, or split or reject in its place"
              : "must not be given beside " + given.getFirst());
      return new Action.Reject("");
    }
    return switch (given.getFirst()) {
      case "queue" -> new Action.ToQueue(queue(json, "queue", "queue").orElse(""));
      case "split" -> object(json, "split", "split").map(this::split).orElse(new Action.Reject(""));
      default -> new Action.Reject(text(json, "reject", "reject", MAX_TEXT).orElse(""));
    };
  }

  private Action split(ObjectNode json) {
    refuseUnknown("split.", json, Set.of("queues", "key"));
    List<Action.Share> shares = new ArrayList<>();
    Optional<ObjectNode> queues = object(json, "queues", "split.queues");
    if (!json.has("queues")) {
      refuse("split.queues", "is required: weights by queue, such as {\"a\": 90, \"b\": 10}");
    }
    queues.ifPresent(
        weights -> {
          if (weights.isEmpty() || weights.size() > MAX_VALUES) {
            refuse("split.queues", "must name 1 to " + MAX_VALUES + " queues");
            return;
          }
          for (Map.Entry<String, JsonNode> weight : weights.properties()) {
            String field = "split.queues." + weight.getKey();
            checkQueue(field, weight.getKey());
            number(weight.getValue(), field, 1, Action.Share.MOST)
                .ifPresent(value -> shares.add(new Action.Share(weight.getKey(), value)));
          }
        });
    return new Action.Split(
        shares, object(json, "key", "split.key").flatMap(key -> key(key, "split.key")));
  }

  private Optional<RateLimit> limit(ObjectNode json) {
    refuseUnknown("limit.", json, Set.of("rate", "burst", "key"));
    OptionalInt burst = number(json, "burst", "limit.burst", 1, RateLimit.MOST);
    Optional<KeySource> key =
        object(json, "key", "limit.key").flatMap(source -> key(source, "limit.key"));
    if (!json.has("rate")) {
      refuse("limit.rate", "is required: how many tasks in a time, such as \"100/m\"");
    }
    return text(json, "rate", "limit.rate", MAX_TEXT)
        .flatMap(
            rate ->
                read(
                    "limit.rate",
                    rate,
                    text ->
                        new RateLimit(
                            text, burst.orElseGet(() -> RateLimit.usualBurst(text)), key)));
  }

  private Optional<KeySource> key(ObjectNode json, String field) {
    refuseUnknown(field + ".", json, Set.of("header", "argument"));
    if (json.has("header") == json.has("argument")) {
      refuse(field, "must have either header or argument");
      return Optional.empty();
    }
    return json.has("header")
        ? text(json, "header", field + ".header", MAX_TEXT).map(KeySource.Header::new)
        : text(json, "argument", field + ".argument", MAX_TEXT)
            .flatMap(text -> pointer(field + ".argument", text))
            .map(KeySource.Argument::new);
  }

  private Match match(ObjectNode json) {
    refuseUnknown("match.", json, Set.of("task", "topic", "headers", "arguments"));
    List<Condition> conditions = new ArrayList<>();
    if (json.has("task") && json.has("topic")) {
      refuse("match.topic", "must not be given beside task, which says the same otherwise");
    }
    text(json, "task", "match.task", MAX_TEXT)
        .flatMap(text -> read("match.task", text, Glob::of))
        .map(Condition.NameGlob::new)
        .ifPresent(conditions::add);
    text(json, "topic", "match.topic", MAX_TEXT)
        .flatMap(text -> read("match.topic", text, TopicPattern::of))
        .map(Condition.NameTopic::new)
        .ifPresent(conditions::add);
    each(json, "headers").forEach((name, test) -> header(name, test).ifPresent(conditions::add));
    each(json, "arguments")
        .forEach((pointer, test) -> argument(pointer, test).ifPresent(conditions::add));
    return new Match(conditions);
  }

  /** The members of an object of conditions, which are objects themselves. */
  private Map<String, ObjectNode> each(ObjectNode match, String field) {
    String place = "match." + field;
    Map<String, ObjectNode> tests = new LinkedHashMap<>();
    object(match, field, place)
        .ifPresent(
            all -> {
              if (all.size() > MAX_CONDITIONS) {
                refuse(place, "must have at most " + MAX_CONDITIONS + " members");
                return;
              }
              for (String name : all.propertyStream().map(Map.Entry::getKey).toList()) {
                object(all, name, place + "." + name).ifPresent(test -> tests.put(name, test));
              }
            });
    return tests;
  }

  private Optional<Condition> header(String name, ObjectNode json) {
    String field = "match.headers." + name;
    refuseUnknown(field + ".", json, Set.of("equals", "prefix"));
    if (name.isEmpty() || name.length() > 255) {
      refuse(field, "must be under a header's name of 1 to 255 characters");
    }
    if (json.has("equals") == json.has("prefix")) {
      refuse(field, "must have either equals or prefix");
      return Optional.empty();
    }
    return json.has("equals")
        ? text(json, "equals", field + ".equals", MAX_TEXT)
            .map(value -> new Condition.HeaderEquals(name, value))
        : text(json, "prefix", field + ".prefix", MAX_TEXT)
            .map(value -> new Condition.HeaderPrefix(name, value));
  }

  private Optional<Condition> argument(String text, ObjectNode json) {
    String field = "match.arguments." + text;
    Set<String> tests = Set.of("equals", "in", "range", "regex");
    refuseUnknown(field + ".", json, tests);
    Optional<JsonPointer> pointer = pointer(field, text);
    List<String> given = tests.stream().filter(json::has).sorted().toList();
    if (given.size() != 1) {
      refuse(field, "must have one of equals, in, range, regex");
      return Optional.empty();
    }
    Optional<? extends ValueTest> test =
        switch (given.getFirst()) {
          case "equals" ->
              scalar(json.get("equals"), field + ".equals").map(ValueTest.EqualTo::new);
          case "in" -> in(json.get("in"), field + ".in");
          case "range" -> object(json, "range", field + ".range").flatMap(it -> range(it, field));
          default ->
              text(json, "regex", field + ".regex", MAX_TEXT)
                  .flatMap(regex -> read(field + ".regex", regex, LinearRegex::of))
                  .map(ValueTest.Matches::new);
        };
    return pointer.flatMap(at -> test.map(it -> new Condition.Argument(at, it)));
  }

  private Optional<ValueTest> in(JsonNode json, String field) {
    if (!json.isArray() || json.isEmpty() || json.size() > MAX_VALUES) {
      refuse(field, "must be a list of 1 to " + MAX_VALUES + " values");
      return Optional.empty();
    }
    List<JsonNode> values = new ArrayList<>();
    for (int i = 0; i < json.size(); i++) {
      scalar(json.get(i), field + "[" + i + "]").ifPresent(values::add);
    }
    return Optional.of(new ValueTest.OneOf(values));
  }

  private Optional<ValueTest> range(ObjectNode json, String argument) {
    String field = argument + ".range";
    refuseUnknown(field + ".", json, Set.of("min", "max"));
    Optional<BigDecimal> min = decimal(json, "min", field + ".min");
    Optional<BigDecimal> max = decimal(json, "max", field + ".max");
    if (json.isEmpty()) {
      refuse(field, "must have min, max or both");
    }
    if (min.isPresent() && max.isPresent() && min.get().compareTo(max.get()) > 0) {
      refuse(field + ".max", "must not be less than min");
    }
    return Optional.of(new ValueTest.Range(min, max));
  }

  private Optional<JsonNode> scalar(JsonNode value, String field) {
    if (value.isValueNode() && (!value.isTextual() || value.textValue().length() <= MAX_TEXT)) {
      return Optional.of(value);
    }
    refuse(
        field,
        "must be text of at most " + MAX_TEXT + " characters, a number, true, false or null");
    return Optional.empty();
  }

  private Optional<BigDecimal> decimal(ObjectNode json, String name, String field) {
    JsonNode value = json.get(name);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isNumber()) {
      refuse(field, "must be a number");
      return Optional.empty();
    }
    return Optional.of(value.decimalValue());
  }

  private Optional<JsonPointer> pointer(String field, String text) {
    Optional<JsonPointer> pointer = read(field, text, JsonPointer::compile);
    if (pointer.isPresent() && !text.startsWith("/args") && !text.startsWith("/kwargs")) {
      refuse(field, "must be a JSON Pointer into the arguments: /args/0, /kwargs/name");
    }
    return pointer;
  }

  private Optional<String> queue(ObjectNode json, String name, String field) {
    Optional<String> queue = text(json, name, field, MAX_TEXT);
    queue.ifPresent(value -> checkQueue(field, value));
    return queue;
  }

  private void checkQueue(String field, String queue) {
    if (!Names.isQueueName(queue)) {
      refuse(field, "must be a queue: 1 to " + Names.MAX_QUEUE_NAME + " of A-Z a-z 0-9 _ . : -");
    } else if (queue.startsWith(Topology.RESERVED_PREFIX)) {
      refuse(field, "must not begin with '" + Topology.RESERVED_PREFIX + "', which is Tallo's own");
    } else if (inboxes.contains(queue)) {
      refuse(
          field, "must not be an inbox (tallo.routing.inboxes): its tasks would go round for ever");
    }
  }

  private OptionalInt number(ObjectNode json, String name, String field, int least, int most) {
    JsonNode value = json.get(name);
    return value == null ? OptionalInt.empty() : number(value, field, least, most);
  }

  private OptionalInt number(JsonNode value, String field, int least, int most) {
    if (value.isIntegralNumber() && value.canConvertToInt()) {
      int number = value.intValue();
      if (least <= number && number <= most) {
        return OptionalInt.of(number);
      }
    }
    refuse(field, "must be a whole number from %d to %d".formatted(least, most));
    return OptionalInt.empty();
  }

  private Optional<String> text(ObjectNode json, String name, String field, int longest) {
    JsonNode value = json.get(name);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isTextual() || value.textValue().isEmpty() || value.textValue().length() > longest) {
      refuse(field, "must be text of 1 to " + longest + " characters");
      return Optional.empty();
    }
    return Optional.of(value.textValue());
  }

  private Optional<ObjectNode> object(ObjectNode json, String name, String field) {
    JsonNode value = json.get(name);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof ObjectNode object) {
      return Optional.of(object);
    }
    refuse(field, "must be a JSON object");
    return Optional.empty();
  }

  private <T> Optional<T> read(String field, String text, Function<String, T> reading) {
    try {
      return Optional.of(reading.apply(text));
    } catch (IllegalArgumentException e) {
      refuse(field, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private void refuseUnknown(String place, ObjectNode json, Set<String> known) {
    json.propertyStream()
        .map(Map.Entry::getKey)
        .filter(name -> !known.contains(name))
        .forEach(
            name ->
                refuse(
                    place + Condition.Shown.shortened(name),
                    "is unknown; there is " + String.join(", ", known.stream().sorted().toList())));
  }
}
