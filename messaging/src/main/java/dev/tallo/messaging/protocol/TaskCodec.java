package dev.tallo.messaging.protocol;

/** Writes and reads task messages: Celery's task protocol 2, and on reading protocol 1 as well. */
public final class TaskCodec {

  private TaskCodec() {}

  /** Writes the message. */
  public static AmqpMessage encode(TaskMessage task) {
    throw new UnsupportedOperationException();
  }

  /** Reads headers and body. */
  public static TaskMessage decode(AmqpMessage message) throws UndecodableMessageException {
    throw new UnsupportedOperationException();
  }

  /** Reads the headers; of a message of protocol 2 nothing else. */
  public static TaskHeaders decodeHeaders(AmqpMessage message) throws UndecodableMessageException {
    throw new UnsupportedOperationException();
  }
}
