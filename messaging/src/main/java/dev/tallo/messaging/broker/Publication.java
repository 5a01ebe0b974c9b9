package dev.tallo.messaging.broker;

import dev.tallo.messaging.protocol.AmqpMessage;

/**
 * A message and where it goes. Always published as mandatory: a message that no queue takes comes
 * back as {@link PublishException.Unroutable}.
 *
 * @param message must carry a {@code message_id}: returned messages are told apart by it
 */
public record Publication(String exchange, String routingKey, AmqpMessage message) {
  public Publication {
    if (message.properties().getMessageId() == null) {
      throw new IllegalArgumentException("a publication needs a message_id");
    }
    if (routingKey.length() > 255) {
      throw new IllegalArgumentException("a routing key has at most 255 bytes");
    }
  }

  String messageId() {
    return message.properties().getMessageId();
  }
}
