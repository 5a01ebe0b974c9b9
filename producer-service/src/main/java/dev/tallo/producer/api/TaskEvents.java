package dev.tallo.producer.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.tallo.producer.history.StoredTask;
import dev.tallo.producer.view.TaskView;
import dev.tallo.producer.watch.TaskChange;
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

  /** The task came to a state; with what came of it, in the last one. */
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
      TaskView.@Nullable ErrorView error) {}

  /** The events of some changes, or a comment that says that there are none. */
  static List<OutboundSseEvent> of(List<TaskChange> changes, Sse sse) {
    return changes.isEmpty()
        ? List.of(sse.newEventBuilder().comment("still here").build())
        : changes.stream().map(change -> of(change, sse)).toList();
  }

  private static OutboundSseEvent of(TaskChange change, Sse sse) {
    OutboundSseEvent.Builder event =
        sse.newEventBuilder()
            .id(change.place().toString())
            .mediaType(MediaType.APPLICATION_JSON_TYPE);
    return change.progress().isPresent()
        ? event
            .name(PROGRESS)
            .data(TaskView.ProgressView.class, TaskView.ProgressView.of(change.progress().get()))
            .build()
        : event.name(STATE).data(StateEvent.class, state(change)).build();
  }

  private static StateEvent state(TaskChange change) {
    StoredTask task = change.task();
    boolean last = change.last();
    return new StateEvent(
        task.id(),
        change.state().name(),
        change.at(),
        change.place().attempt(),
        task.worker().filter(worker -> change.place().rank() > 0).orElse(null),
        last ? task.result().orElse(null) : null,
        last ? task.error().map(TaskView.ErrorView::of).orElse(null) : null);
  }
}
