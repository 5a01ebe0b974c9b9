package dev.tallo.routing.rule;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.protocol.MalformedJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Rules as JSON: read strictly, and written in the one form that equal rules share. */
public final class RuleJson {
  private static final int DEEPEST = 100;

  private static final JsonMapper STRICT =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private RuleJson() {}

  /**
   * Reads a JSON object.
   *
   * @throws MalformedJsonException if it is none
   */
  public static ObjectNode object(byte[] json) {
    try (JsonParser parser = STRICT.createParser(json)) {
      return requireObject(STRICT.readTree(parser), parser);
    } catch (JsonProcessingException e) {
      throw new MalformedJsonException(MalformedJson.message(e));
    } catch (NumberFormatException e) {
      throw new MalformedJsonException("has a number with too large an exponent");
    } catch (IOException e) {
      throw new MalformedJsonException("must be JSON in UTF-8");
    }
  }

  /** {@link #object(byte[])} of text. */
  public static ObjectNode object(String json) {
    return object(json.getBytes(StandardCharsets.UTF_8));
  }

  private static ObjectNode requireObject(JsonNode read, JsonParser parser) throws IOException {
    if (read instanceof ObjectNode object && parser.nextToken() == null) {
      return object;
    }
    throw new MalformedJsonException("must be one JSON object");
  }

  /** A rule as it is written, with its id. */
  public static ObjectNode write(Rule rule) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", rule.id());
    json.set("match", write(rule.match()));
    switch (rule.action()) {
      case Action.ToQueue(String queue) -> json.put("queue", queue);
      case Action.Split split -> {
        ObjectNode written = json.putObject("split");
        ObjectNode queues = written.putObject("queues");
        split.shares().forEach(share -> queues.put(share.queue(), share.weight()));
        split.key().ifPresent(key -> written.set("key", write(key)));
      }
      case Action.Reject(String reason) -> json.put("reject", reason);
    }
    rule.priority().ifPresent(priority -> json.put("priority", priority));
    rule.limit()
        .ifPresent(
            limit -> {
              ObjectNode written = json.putObject("limit");
              written.put("rate", limit.rate());
              written.put("burst", limit.burst());
              limit.key().ifPresent(key -> written.set("key", write(key)));
            });
    rule.mirror().ifPresent(queue -> json.put("mirror", queue));
    return json;
  }

  private static ObjectNode write(Match match) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    for (Condition condition : match.conditions()) {
      switch (condition) {
        case Condition.NameGlob(Glob pattern) -> json.put("task", pattern.toString());
        case Condition.NameTopic(TopicPattern pattern) -> json.put("topic", pattern.toString());
        case Condition.HeaderEquals(String name, String value) ->
            json.withObjectProperty("headers").putObject(name).put("equals", value);
        case Condition.HeaderPrefix(String name, String prefix) ->
            json.withObjectProperty("headers").putObject(name).put("prefix", prefix);
        case Condition.Argument argument ->
            json.withObjectProperty("arguments")
                .set(argument.pointer().toString(), write(argument.test()));
      }
    }
    return json;
  }

  private static ObjectNode write(ValueTest test) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    switch (test) {
      case ValueTest.EqualTo(JsonNode value) -> json.set("equals", value);
      case ValueTest.OneOf(List<JsonNode> values) -> json.putArray("in").addAll(values);
      case ValueTest.Range range -> {
        ObjectNode ends = json.putObject("range");
        range.min().ifPresent(min -> ends.put("min", min));
        range.max().ifPresent(max -> ends.put("max", max));
      }
      case ValueTest.Matches(LinearRegex pattern) -> json.put("regex", pattern.toString());
    }
    return json;
  }

  private static ObjectNode write(KeySource key) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    switch (key) {
      case KeySource.Header(String name) -> json.put("header", name);
      case KeySource.Argument argument -> json.put("argument", argument.pointer().toString());
    }
    return json;
  }

  /** What was given is no JSON object at all. */
  public static final class MalformedJsonException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MalformedJsonException(String message) {
      super(message);
    }
  }
}
