package dev.tallo.messaging.protocol;

import java.time.Instant;

/** What happens to tasks and workers, told on the exchange {@code celeryev} in Celery's format. */
public sealed interface Event permits TaskEvent, WorkerEvent {

  /** The node that tells it. */
  String hostname();

  /** When it happened, by that node's clock; to the microsecond on the wire. */
  Instant timestamp();
}
