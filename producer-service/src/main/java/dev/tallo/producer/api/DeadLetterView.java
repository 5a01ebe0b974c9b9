package dev.tallo.producer.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.tallo.producer.history.DeadLetterStore;
import dev.tallo.producer.history.KeptDeadLetter;
import dev.tallo.producer.view.TaskView;
import dev.tallo.security.mask.Masks;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** A dead letter as the API shows it; what is not known is null. */
@RegisterForReflection
@JsonPropertyOrder({
  "id",
  "source",
  "queue",
  "task",
  "task_id",
  "reason",
  "detail",
  "buried_by",
  "died_at",
  "attempts",
  "worker",
  "error"
})
@Schema(name = "DeadLetter", description = "A message that nobody works on.")
public record DeadLetterView(
    @Schema(examples = "1817312345678901234") String id,
    @Schema(
            description = "dead, unroutable, or undeliverable: due for a queue that is not there.",
            enumeration = {"dead", "unroutable", "undeliverable"})
        String source,
    @Schema(description = "Where it waited, or was to go.") String queue,
    @Schema(description = "The task's name, if it can be read.") @Nullable String task,
    @JsonProperty("task_id") @Nullable String taskId,
    @Schema(
            description =
                "A short word: undecodable, unknown-task, no-rule, no-queue …; of the broker:"
                    + " delivery_limit, rejected, expired, maxlen.")
        String reason,
    @Nullable String detail,
    @JsonProperty("buried_by") @Schema(description = "Who put it aside; null: the broker.")
        @Nullable String buriedBy,
    @JsonProperty("died_at") Instant diedAt,
    @Schema(description = "How often it was begun, as far as is known.") @Nullable Integer attempts,
    @Schema(description = "The worker that had it last.") @Nullable String worker,
    @Schema(description = "Why the latest attempt failed.") TaskView.@Nullable ErrorView error,
    @Schema(description = "What its body had in bytes.") long size,
    @Schema(description = "Whether only the head of the body is kept.") boolean truncated) {

  static DeadLetterView of(KeptDeadLetter letter, Masks masks) {
    return new DeadLetterView(
        id(letter),
        letter.source().word(),
        letter.queue(),
        letter.task().orElse(null),
        letter.taskId().orElse(null),
        letter.reason(),
        letter.detail().orElse(null),
        letter.buriedBy().orElse(null),
        letter.diedAt(),
        letter.attempts().isPresent() ? letter.attempts().getAsInt() : null,
        letter.worker().orElse(null),
        letter
            .error()
            .map(error -> TaskView.ErrorView.of(error, masks.hidesError(letter.task())))
            .orElse(null),
        letter.bodySize(),
        letter.truncated());
  }

  private static String id(KeptDeadLetter letter) {
    return Long.toString(letter.seq());
  }

  /** With what it says. */
  @RegisterForReflection
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @Schema(name = "DeadLetterWithBody")
  public record WithBody(
      @JsonProperty("letter") DeadLetterView letter,
      String exchange,
      @JsonProperty("routing_key") String routingKey,
      @JsonRawValue
          @Schema(type = SchemaType.OBJECT, description = "Its AMQP properties, headers included.")
          String properties,
      @JsonRawValue @Schema(type = SchemaType.OBJECT, description = "The body, if it is JSON.")
          @Nullable String body,
      @JsonProperty("body_base64") @Schema(description = "The body, if it is not JSON.")
          @Nullable String bodyBase64,
      @JsonProperty("body_cut") @Schema(description = "True if that is not all of the body.")
          @Nullable Boolean bodyCut,
      @Schema(
              description =
                  "True if arguments are hidden by tallo.mask; a body in which they are not found"
                      + " is left out.")
          @Nullable Boolean masked) {}

  /** A page, newest first. */
  @RegisterForReflection
  @Schema(name = "DeadLetterList")
  public record Page(
      @JsonProperty("dead_letters") List<DeadLetterView> deadLetters,
      @Schema(description = "The cursor of the next page; null at the end.")
          @Nullable String next) {

    static Page of(DeadLetterStore.Page page, Masks masks) {
      return new Page(
          page.letters().stream().map(letter -> DeadLetterView.of(letter, masks)).toList(),
          page.next().isPresent() ? Cursor.encode(page.next().getAsLong()) : null);
    }
  }

  /** A letter that was sent again. */
  @RegisterForReflection
  @Schema(name = "Redriven")
  public record Redriven(
      String id,
      @Schema(description = "Where it was sent; null: it is routed.") @Nullable String queue,
      @JsonProperty("task_id") @Nullable String taskId) {}

  /** What came of sending many again. */
  @RegisterForReflection
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @Schema(name = "RedriveResult")
  public record RedriveResult(
      @Schema(description = "How many were sent.") long redriven,
      @Schema(description = "How many of those asked for are still here.") long left,
      @Schema(description = "The first reason for it; absent if none is left.")
          @Nullable String why) {}

  /** What came of deleting many. */
  @RegisterForReflection
  @Schema(name = "DeleteResult")
  public record DeleteResult(@Schema(description = "How many were deleted.") long deleted) {}
}
