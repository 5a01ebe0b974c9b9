package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.rabbitmq.client.AMQP;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads task messages: Celery's task protocol 2, and on reading also protocol 1 and the
 * hybrid of both.
 */
public final class TaskCodec {

  private static final int PERSISTENT = 2;

  private TaskCodec() {}

  /**
   * Writes the message: persistent, JSON in UTF-8, message id and correlation id are the task's id,
   * all headers there. There is no {@code expiration}, which would bring a delayed task early; the
   * header {@code expires} serves.
   *
   * <p>Header values are text, truth values, 32-bit integers, doubles, lists, maps and null, which
   * every Celery client reads right. A wider integer is written as a double where that is exact,
   * else as text.
   *
   * @throws IllegalArgumentException if the task has something that cannot be written: the message
   *     names it
   */
  public static AmqpMessage encode(TaskMessage task) {
    requireShortString("id", task.id());
    requireShortString("task", task.task());
    task.replyTo().ifPresent(queue -> requireShortString("reply_to", queue));
    AMQP.BasicProperties properties =
        new AMQP.BasicProperties(
            Content.JSON,
            Content.UTF_8,
            HeaderTable.write(task.headers()),
            PERSISTENT,
            task.priority(),
            task.id(),
            task.replyTo().orElse(null),
            null,
            task.id(),
            null,
            null,
            null,
            null,
            null);
    return new AmqpMessage(properties, Content.write(json -> BodyJson.write(task.body(), json)));
  }

  /** Reads headers and body. */
  public static TaskMessage decode(AmqpMessage message) throws UndecodableMessageException {
    AMQP.BasicProperties properties = message.properties();
    Map<String, @Nullable Object> table = headers(properties);
    TaskHeaders headers;
    TaskBody body;
    try (JsonParser json = Content.open(message)) {
      JsonToken first = json.nextToken();
      if (first == JsonToken.START_ARRAY && table.containsKey("task")) {
        headers = HeaderTable.read(table);
        body = BodyJson.readRest(json);
      } else {
        ObjectNode dict = dict(first, json, table.containsKey("task"));
        headers = OlderProtocol.headers(dict, table);
        body = OlderProtocol.body(dict);
      }
    } catch (IOException e) {
      throw Content.unreadable(e);
    }
    Integer priority = properties.getPriority();
    return new TaskMessage(
        headers,
        body,
        Optional.ofNullable(properties.getReplyTo()).filter(queue -> !queue.isEmpty()),
        priority == null ? TaskMessage.DEFAULT_PRIORITY : Math.clamp(priority, 0, 255));
  }

  /**
   * Reads the headers. The body is looked at only in protocol 1, which has no others: what a hybrid
   * has in its body alone is not found.
   */
  public static TaskHeaders decodeHeaders(AmqpMessage message) throws UndecodableMessageException {
    Map<String, @Nullable Object> table = headers(message.properties());
    if (table.containsKey("task")) {
      return HeaderTable.read(table);
    }
    try (JsonParser json = Content.open(message)) {
      return OlderProtocol.headers(dict(json.nextToken(), json, false), table);
    } catch (IOException e) {
      throw Content.unreadable(e);
    }
  }

  private static ObjectNode dict(@Nullable JsonToken first, JsonParser json, boolean withHeaders)
      throws IOException, UndecodableMessageException {
    if (first == null) {
      throw new UndecodableMessageException(
          "The body is empty; [args, kwargs, embed] was expected.");
    }
    JsonNode body = json.readValueAsTree();
    Content.requireEnd(json);
    if (body instanceof ObjectNode dict) {
      return dict;
    }
    throw withHeaders
        ? BodyJson.wrong("top level", "[args, kwargs, embed]", body)
        : new UndecodableMessageException(
            "The header 'task' is missing, and the body is no task of protocol 1 either.");
  }

  private static Map<String, @Nullable Object> headers(AMQP.BasicProperties properties) {
    Map<String, @Nullable Object> headers = properties.getHeaders();
    return headers == null ? Map.of() : headers;
  }

  private static void requireShortString(String name, String value) {
    if (!HeaderValues.fitsShortString(value)) {
      throw new IllegalArgumentException(
          "'"
              + name
              + "' must have at most 255 bytes, unlike '"
              + HeaderValues.shortened(value)
              + "'.");
    }
  }
}
