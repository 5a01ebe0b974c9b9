package dev.tallo.producer.api;

import dev.tallo.messaging.control.ControlCommand.LimitTask;
import dev.tallo.messaging.protocol.Rate;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The limits in force, by the task's name. */
@RegisterForReflection
@Schema(name = "LimitList")
public record LimitsView(List<LimitView> limits) {

  /** What each worker may do of a task. */
  @RegisterForReflection
  @Schema(name = "Limit", description = "What each worker may do of a task.")
  public record LimitView(
      @Schema(examples = "demo.add") String task,
      @Schema(description = "Attempts at once; null: as the worker is configured.", examples = "2")
          @Nullable Integer concurrency,
      @Schema(description = "Starts in a time; null: likewise.", examples = "10/m")
          @Nullable String rate,
      Instant since) {

    static LimitView of(LimitTask limit) {
      return new LimitView(
          limit.task(),
          limit.concurrency().isPresent() ? limit.concurrency().getAsInt() : null,
          limit.rate().map(Rate::toString).orElse(null),
          limit.issuedAt());
    }
  }

  static LimitsView of(List<LimitTask> limits) {
    return new LimitsView(limits.stream().map(LimitView::of).toList());
  }
}
