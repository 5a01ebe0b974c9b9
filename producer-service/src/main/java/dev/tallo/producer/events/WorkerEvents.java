package dev.tallo.producer.events;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.messaging.protocol.Event;
import dev.tallo.messaging.protocol.EventCodec;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.messaging.protocol.TaskEvent;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import dev.tallo.messaging.protocol.WorkerEvent;
import dev.tallo.producer.history.History;
import dev.tallo.producer.history.TaskProgress;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;

/**
 * Takes Celery's events. Those of tasks come from one queue that all replicas share, since they
 * write the same history; those of workers go to each replica. They may be lost: what counts for
 * ever is in the outcomes.
 *
 * <p>Called on the connector's event loop: decoding up to 100 events takes well below a
 * millisecond, and nothing here waits.
 */
@ApplicationScoped
public class WorkerEvents {
  private static final Logger LOG = Logger.getLogger(WorkerEvents.class);

  private final History history;
  private final LiveWorkers workers;

  WorkerEvents(History history, LiveWorkers workers) {
    this.history = history;
    this.workers = workers;
  }

  /** Events of tasks, single or in lists. */
  @Incoming("task-events")
  public void tasks(byte[] body) {
    for (Event event : decode(body, "name"::equals)) {
      if (event instanceof TaskEvent task) {
        progress(task);
      }
    }
  }

  /** Heartbeats. */
  @Incoming("worker-events")
  public void workers(byte[] body) {
    for (Event event : decode(body, field -> true)) {
      if (event instanceof WorkerEvent worker) {
        workers.heard(worker);
      }
    }
  }

  private void progress(TaskEvent event) {
    if (!Names.isTaskId(event.uuid())) {
      return;
    }
    switch (event.type()) {
      case RECEIVED ->
          history.advance(
              new TaskProgress(
                  event.uuid(),
                  name(event),
                  event.hostname(),
                  Optional.of(event.timestamp()),
                  Optional.empty()));
      case STARTED ->
          history.advance(
              new TaskProgress(
                  event.uuid(),
                  Optional.empty(),
                  event.hostname(),
                  Optional.empty(),
                  Optional.of(event.timestamp())));
      case SENT, PROGRESS, SUCCEEDED, FAILED, RETRIED, REJECTED, REVOKED -> {
        // The outcome tells the ends, and more of them; the others are not kept.
      }
    }
  }

  private static Optional<String> name(TaskEvent event) {
    return Optional.ofNullable(event.fields().get("name"))
        .filter(JsonNode::isTextual)
        .map(JsonNode::textValue);
  }

  private static List<Event> decode(byte[] body, Predicate<String> wanted) {
    try {
      return EventCodec.decode(body, wanted);
    } catch (UndecodableMessageException e) {
      LOG.debugf("an event cannot be read and is ignored: %s", e.getMessage());
      return List.of();
    }
  }
}
