package dev.tallo.producer.events;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.messaging.protocol.Event;
import dev.tallo.messaging.protocol.EventCodec;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.messaging.protocol.TaskEvent;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import dev.tallo.messaging.protocol.WorkerEvent;
import dev.tallo.producer.history.History;
import dev.tallo.producer.history.Progress;
import dev.tallo.producer.history.TaskProgress;
import dev.tallo.producer.watch.Watchers;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
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

  /** What is read of a task's events besides what all have. */
  private static final Set<String> TASK_FIELDS = Set.of("name", "retries", "done", "total", "note");

  /** Longest note on progress that is kept, in characters. */
  private static final int MAX_NOTE = 500;

  private final History history;
  private final Watchers watchers;
  private final LiveWorkers workers;

  WorkerEvents(History history, Watchers watchers, LiveWorkers workers) {
    this.history = history;
    this.watchers = watchers;
    this.workers = workers;
  }

  /** Events of tasks, single or in lists. */
  @Incoming("task-events")
  public void tasks(byte[] body) {
    for (Event event : decode(body, TASK_FIELDS::contains)) {
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
          advance(
              TaskProgress.received(
                  event.uuid(), name(event), event.hostname(), retries(event), event.timestamp()));
      case STARTED ->
          advance(TaskProgress.started(event.uuid(), event.hostname(), event.timestamp()));
      case PROGRESS ->
          reached(event)
              .ifPresent(
                  progress ->
                      advance(
                          TaskProgress.reached(
                              event.uuid(), event.hostname(), retries(event), progress)));
      case SENT, SUCCEEDED, FAILED, RETRIED, REJECTED, REVOKED -> {
        // The outcome tells these, and more of them.
      }
    }
  }

  private void advance(TaskProgress attempt) {
    history.advance(attempt);
    watchers.changed(attempt.id());
  }

  /** Empty if it tells no numbers. */
  private static Optional<Progress> reached(TaskEvent event) {
    JsonNode done = event.fields().get("done");
    JsonNode total = event.fields().get("total");
    if (done == null || !done.isNumber() || total == null || !total.isNumber()) {
      return Optional.empty();
    }
    Optional<String> note =
        Optional.ofNullable(event.fields().get("note"))
            .filter(JsonNode::isTextual)
            .map(JsonNode::textValue)
            .map(text -> text.substring(0, Math.min(text.length(), MAX_NOTE)));
    return Optional.of(
        new Progress(done.doubleValue(), total.doubleValue(), note, event.timestamp()));
  }

  private static Optional<String> name(TaskEvent event) {
    return Optional.ofNullable(event.fields().get("name"))
        .filter(JsonNode::isTextual)
        .map(JsonNode::textValue);
  }

  private static OptionalInt retries(TaskEvent event) {
    JsonNode retries = event.fields().get("retries");
    return retries != null && retries.canConvertToInt() && retries.intValue() >= 0
        ? OptionalInt.of(retries.intValue())
        : OptionalInt.empty();
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
