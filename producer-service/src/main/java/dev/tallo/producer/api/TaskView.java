package dev.tallo.producer.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.tallo.producer.history.StoredTask;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** A task as the API shows it; what is not known is null. */
@RegisterForReflection
@JsonPropertyOrder({
  "id",
  "task",
  "state",
  "queue",
  "args",
  "kwargs",
  "result",
  "error",
  "retries",
  "worker",
  "priority",
  "headers",
  "ignore_result",
  "submitted",
  "received",
  "started",
  "finished",
  "expires"
})
@Schema(name = "Task", description = "What is known of a task; what is not known is null.")
public record TaskView(
    @Schema(examples = "019a9a43-5a3e-7cc4-a0d4-2f6a7f0f6b11") String id,
    @Schema(description = "The task's name.", examples = "demo.add") @Nullable String task,
    @Schema(
            description =
                "PENDING until a worker tells of it; SUCCESS, FAILURE, REVOKED and REJECTED are"
                    + " final.",
            enumeration = {
              "PENDING",
              "RECEIVED",
              "STARTED",
              "RETRY",
              "SUCCESS",
              "FAILURE",
              "REVOKED",
              "REJECTED",
              "IGNORED"
            })
        String state,
    @Schema(description = "The queue that the request named, or where a worker found it.")
        @Nullable String queue,
    @JsonRawValue @Schema(type = SchemaType.ARRAY, examples = "[1, 2]") @Nullable String args,
    @JsonRawValue @Schema(type = SchemaType.OBJECT, examples = "{}") @Nullable String kwargs,
    @JsonRawValue @Schema(description = "What the task returned: any JSON.", examples = "3")
        @Nullable String result,
    @Nullable ErrorView error,
    @Schema(description = "How many attempts went before the latest one.") int retries,
    @Schema(description = "The worker that has or had it.") @Nullable String worker,
    @Nullable Integer priority,
    @JsonRawValue @Schema(type = SchemaType.OBJECT) @Nullable String headers,
    @JsonProperty("ignore_result") boolean ignoreResult,
    @Schema(
            description =
                "When it was submitted; when it was first heard of, if another client sent it.")
        Instant submitted,
    @Schema(description = "When the worker got it.") @Nullable Instant received,
    @Schema(description = "When the latest attempt began.") @Nullable Instant started,
    @Schema(description = "When the latest attempt ended.") @Nullable Instant finished,
    @Nullable Instant expires,
    @JsonProperty("parent_id") @Nullable String parentId,
    @JsonProperty("root_id") @Nullable String rootId,
    @JsonProperty("group_id") @Nullable String groupId) {

  /** Why the latest attempt failed. */
  @RegisterForReflection
  @Schema(name = "TaskError", description = "Why the latest attempt failed.")
  public record ErrorView(
      @Schema(examples = "ValueError") String type, String message, @Nullable String traceback) {}

  static TaskView of(StoredTask task) {
    return new TaskView(
        task.id(),
        task.name().orElse(null),
        task.state().name(),
        task.queue().orElse(null),
        task.args().orElse(null),
        task.kwargs().orElse(null),
        task.result().orElse(null),
        task.error()
            .map(e -> new ErrorView(e.type(), e.message(), e.traceback().orElse(null)))
            .orElse(null),
        task.retries(),
        task.worker().orElse(null),
        task.priority().isPresent() ? task.priority().getAsInt() : null,
        task.headers().orElse(null),
        task.ignoreResult(),
        task.submitted(),
        task.received().orElse(null),
        task.started().orElse(null),
        task.finished().orElse(null),
        task.expires().orElse(null),
        task.relations().parentId().orElse(null),
        task.relations().rootId().orElse(null),
        task.relations().groupId().orElse(null));
  }
}
