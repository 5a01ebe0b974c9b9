package dev.tallo.messaging.protocol;

import java.util.List;

/** Writes and reads Celery's events ({@code celery/events/event.py}). */
public final class EventCodec {

  /** The routing key of a batch. */
  public static final String BATCH_ROUTING_KEY = "task.multi";

  private EventCodec() {}

  /** One event as a JSON object. */
  public static byte[] encode(Event event) {
    throw new UnsupportedOperationException();
  }

  /** Several events as a JSON list. */
  public static byte[] encodeBatch(List<? extends Event> events) {
    throw new UnsupportedOperationException();
  }

  /**
   * Reads one event or a list; those of unknown type or without what every event has are skipped.
   */
  public static List<Event> decode(byte[] body) throws UndecodableMessageException {
    throw new UnsupportedOperationException();
  }

  /** The routing key of a single event: {@code task.succeeded}. */
  public static String routingKey(Event event) {
    return switch (event) {
      case TaskEvent task -> task.type().routingKey;
      case WorkerEvent worker -> worker.type().routingKey;
    };
  }
}
