package dev.tallo.producer.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.tallo.messaging.protocol.State;
import dev.tallo.producer.history.StoredTask;
import dev.tallo.producer.view.TaskView;
import dev.tallo.producer.watch.TaskChange;
import dev.tallo.security.mask.Masks;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What happens to a task as server-sent events. */
final class TaskEvents {
  private static final String STATE = "state";
  private static final String PROGRESS = "progress";

  private TaskEvents() {}

  /** The task came to a state; with what came of it, in the last one, and why in a RETRY. */
  @RegisterForReflection
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @Schema(name = "TaskStateEvent")
  record StateEvent(
      String id,
      String state,
      Instant at,
      int retries,
      @Nullable String worker,
      @JsonRawValue @Nullable String result,
      TaskView.@Nullable ErrorView error,
      @JsonProperty("next_attempt") @Nullable Instant nextAttempt) {}

  /** The events of some changes, or a comment that says that there are none. */
  static List<OutboundSseEvent> of(List<TaskChange> changes, Masks masks, Sse sse) {
    return changes.isEmpty()
        ? List.of(sse.newEventBuilder().comment("still here").build())
        : changes.stream().map(change -> of(change, masks, sse)).toList();
  }

  private static OutboundSseEvent of(TaskChange change, Masks masks, Sse sse) {
    OutboundSseEvent.Builder event =
        sse.newEventBuilder()
            .id(change.place().toString())
            .mediaType(MediaType.APPLICATION_JSON_TYPE);
    return change.progress().isPresent()
        ? event
            .name(PROGRESS)
            .data(TaskView.ProgressView.class, TaskView.ProgressView.of(change.progress().get()))
            .build()
        : event.name(STATE).data(StateEvent.class, state(change, masks)).build();
  }

  private static StateEvent state(TaskChange change, Masks masks) {
    StoredTask task = change.task();
    boolean last = change.last();
    boolean retry = change.state() == State.RETRY;
    return new StateEvent(
        task.id(),
        change.state().name(),
        change.at(),
        change.place().attempt(),
        task.worker().filter(worker -> change.place().rank() > 0).orElse(null),
        last ? task.result().map(json -> masks.result(task.name(), json)).orElse(null) : null,
        last || retry
            ? task.error()
                .map(error -> TaskView.ErrorView.of(error, masks.hidesError(task.name())))
                .orElse(null)
            : null,
        retry ? task.nextAttempt().orElse(null) : null);
  }
}
