package dev.tallo.producer.view;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.messaging.protocol.State;
import dev.tallo.producer.history.Progress;
import dev.tallo.producer.history.StoredTask;
import dev.tallo.producer.history.TaskError;
import dev.tallo.security.mask.Masks;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
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
  "progress",
  "priority",
  "headers",
  "max_retries",
  "retry_backoff",
  "retry_backoff_max",
  "retry_on",
  "give_up_on",
  "time_limit",
  "soft_time_limit",
  "ignore_result",
  "callback_url",
  "retry_of",
  "spooled",
  "submitted",
  "eta",
  "received",
  "started",
  "finished",
  "next_attempt",
  "revoke_requested",
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
    @Schema(description = "How far the latest attempt has come, if it tells.")
        @Nullable ProgressView progress,
    @Nullable Integer priority,
    @JsonRawValue @Schema(type = SchemaType.OBJECT) @Nullable String headers,
    @JsonProperty("max_retries") @Schema(description = "How many attempts may follow the first.")
        @Nullable Integer maxRetries,
    @JsonProperty("retry_backoff")
        @Schema(description = "The pause before the first retry, in seconds.")
        @Nullable Double retryBackoff,
    @JsonProperty("retry_backoff_max") @Schema(description = "The longest pause, in seconds.")
        @Nullable Double retryBackoffMax,
    @JsonProperty("retry_on")
        @Schema(description = "The exceptions that are retried; null: those that the task says.")
        @Nullable List<String> retryOn,
    @JsonProperty("give_up_on") @Schema(description = "The exceptions that are not retried.")
        @Nullable List<String> giveUpOn,
    @JsonProperty("time_limit") @Schema(description = "When an attempt is stopped, in seconds.")
        @Nullable Double timeLimit,
    @JsonProperty("soft_time_limit")
        @Schema(description = "When an attempt is told that its time is up, in seconds.")
        @Nullable Double softTimeLimit,
    @JsonProperty("ignore_result") boolean ignoreResult,
    @JsonProperty("callback_url") @Schema(description = "Who is told of the end.")
        @Nullable String callbackUrl,
    @JsonProperty("retry_of") @Schema(description = "The task that this one runs again.")
        @Nullable String retryOf,
    @Schema(description = "Whether it waits in the history until the broker takes it.")
        boolean spooled,
    @Schema(
            description =
                "When it was submitted; when it was first heard of, if another client sent it.")
        Instant submitted,
    @Schema(description = "Not to be begun before.") @Nullable Instant eta,
    @Schema(description = "When the worker got it.") @Nullable Instant received,
    @Schema(description = "When the latest attempt began.") @Nullable Instant started,
    @Schema(description = "When the latest attempt ended.") @Nullable Instant finished,
    @JsonProperty("next_attempt") @Schema(description = "In state RETRY, when it is due again.")
        @Nullable Instant nextAttempt,
    @JsonProperty("revoke_requested")
        @Schema(description = "When it was revoked; it ends when a worker comes upon it.")
        @Nullable Instant revokeRequested,
    @Nullable Instant expires,
    @JsonProperty("parent_id") @Nullable String parentId,
    @JsonProperty("root_id") @Nullable String rootId,
    @JsonProperty("group_id") @Nullable String groupId) {

  /** Why the latest attempt failed. */
  @RegisterForReflection
  @Schema(name = "TaskError", description = "Why the latest attempt failed.")
  public record ErrorView(
      @Schema(examples = "ValueError") String type, String message, @Nullable String traceback) {

    /**
     * As it is shown.
     *
     * @param hidden whether all but its type is
     */
    public static ErrorView of(TaskError error, boolean hidden) {
      return hidden
          ? new ErrorView(error.type(), Masks.HIDDEN, null)
          : new ErrorView(error.type(), error.message(), error.traceback().orElse(null));
    }
  }

  /** How far an attempt has come. */
  @RegisterForReflection
  @Schema(name = "Progress", description = "How far an attempt has come, as it says itself.")
  public record ProgressView(double done, double total, @Nullable String note, Instant at) {

    /** As it is shown. */
    public static ProgressView of(Progress progress) {
      return new ProgressView(
          progress.done(), progress.total(), progress.note().orElse(null), progress.at());
    }
  }

  /** As it is shown, without what is hidden of it. */
  public static TaskView of(StoredTask task, Masks masks) {
    Optional<String> name = task.name();
    RetryOptions retry = task.limits().retry();
    return new TaskView(
        task.id(),
        task.name().orElse(null),
        task.state().name(),
        task.queue().orElse(null),
        task.args().map(args -> masks.args(name, args)).orElse(null),
        task.kwargs().map(kwargs -> masks.kwargs(name, kwargs)).orElse(null),
        task.result().map(result -> masks.result(name, result)).orElse(null),
        task.error().map(error -> ErrorView.of(error, masks.hidesError(name))).orElse(null),
        task.retries(),
        task.worker().orElse(null),
        task.progress().map(ProgressView::of).orElse(null),
        task.priority().isPresent() ? task.priority().getAsInt() : null,
        task.headers().map(headers -> masks.headers(name, headers)).orElse(null),
        retry.maxRetries().isPresent() ? retry.maxRetries().getAsInt() : null,
        retry.backOff().map(TaskView::seconds).orElse(null),
        retry.maxBackOff().map(TaskView::seconds).orElse(null),
        retry.retryOn().isEmpty() ? null : retry.retryOn(),
        retry.giveUpOn().isEmpty() ? null : retry.giveUpOn(),
        task.limits().timeLimit().map(TaskView::seconds).orElse(null),
        task.limits().softTimeLimit().map(TaskView::seconds).orElse(null),
        task.ignoreResult(),
        task.callbackUrl().orElse(null),
        task.rerunOf().orElse(null),
        task.spooled(),
        task.submitted(),
        task.eta().orElse(null),
        task.received().orElse(null),
        task.started().orElse(null),
        task.finished().orElse(null),
        task.nextAttempt().filter(at -> task.state() == State.RETRY).orElse(null),
        task.revocation().map(StoredTask.Revocation::at).orElse(null),
        task.expires().orElse(null),
        task.relations().parentId().orElse(null),
        task.relations().rootId().orElse(null),
        task.relations().groupId().orElse(null));
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1e3;
  }
}
