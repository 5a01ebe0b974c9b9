package dev.tallo.messaging.protocol;

import com.rabbitmq.client.AMQP;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Sends messages through the broker client's own writer and reader, without a broker. */
final class Wire {

  private Wire() {}

  /** What the receiver sees of a message that the client sends. */
  static AmqpMessage sent(AmqpMessage message) {
    try {
      byte[] header = message.properties().toFrame(1, message.body().length).getPayload();
      return new AmqpMessage(properties(header), message.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads the payload of a content header frame: the class, and what the client makes of the rest.
   */
  static AMQP.BasicProperties properties(byte[] header) {
    try {
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(header));
      if (in.readUnsignedShort() != 60) {
        throw new IllegalArgumentException("not a header of the class basic");
      }
      return new AMQP.BasicProperties(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
