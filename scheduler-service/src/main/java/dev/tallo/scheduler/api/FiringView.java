package dev.tallo.scheduler.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tallo.scheduler.firing.PastFiring;
import dev.tallo.scheduler.schedule.DefinitionJson;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What became of a time at which a schedule was due. */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(name = "Firing")
record FiringView(
    @Schema(description = "By the schedule.") Instant time,
    @Schema(description = "Of the task, under which the history knows it.") String task_id,
    @Schema(enumeration = {"scheduled", "misfired", "manual", "backfill"}) String kind,
    @Schema(enumeration = {"claimed", "sent", "missed", "skipped", "failed"}) String state,
    @Schema(description = "When it was to be sent: its time, later by the jitter.") Instant due,
    @Schema(description = "When the broker had it.") @Nullable Instant sent,
    @Schema(description = "Seconds from due to sent.") @Nullable Double lateness,
    @Schema(description = "Why it was not sent.") @Nullable String reason) {

  static FiringView of(PastFiring firing) {
    @Nullable Instant sent = firing.sent().orElse(null);
    return new FiringView(
        firing.nominal(),
        firing.taskId(),
        DefinitionJson.name(firing.kind()),
        DefinitionJson.name(firing.state()),
        firing.due(),
        sent,
        sent == null ? null : (sent.toEpochMilli() - firing.due().toEpochMilli()) / 1e3,
        firing.reason().orElse(null));
  }
}
