package dev.tallo.routing.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.rabbitmq.client.LongString;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.TaskBody;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import dev.tallo.routing.rule.RoutedTask;
import dev.tallo.routing.rule.UnreadableArgumentsException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A message as rules look at it; its body is read when a rule first asks for it. */
final class DeliveredTask implements RoutedTask {
  private final AmqpMessage message;
  private final TaskHeaders headers;
  private @Nullable JsonNode arguments;

  DeliveredTask(AmqpMessage message, TaskHeaders headers) {
    this.message = message;
    this.headers = headers;
  }

  TaskHeaders headers() {
    return headers;
  }

  @Override
  public String id() {
    return headers.id();
  }

  @Override
  public String name() {
    return headers.task();
  }

  @Override
  public Optional<String> header(String name) {
    Map<String, Object> table = message.properties().getHeaders();
    Object value = table == null ? null : table.get(name);
    return switch (value) {
      case null -> Optional.empty();
      case CharSequence text -> Optional.of(text.toString());
      case Number number -> Optional.of(number.toString());
      case Boolean truth -> Optional.of(truth.toString());
      case LongString text -> Optional.of(text.toString());
      default -> Optional.empty();
    };
  }

  @Override
  public JsonNode arguments() {
    JsonNode read = arguments;
    if (read == null) {
      try {
        TaskBody body = TaskCodec.decode(message).body();
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.set("args", body.args());
        document.set("kwargs", body.kwargs());
        read = document;
        arguments = read;
      } catch (UndecodableMessageException e) {
        throw new UnreadableArgumentsException(e);
      }
    }
    return read;
  }
}
