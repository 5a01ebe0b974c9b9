package dev.tallo.producer.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tallo.messaging.broker.QueueDepth;
import dev.tallo.producer.control.Queues.KnownQueue;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The queues that are known, by name. */
@RegisterForReflection
@Schema(name = "QueueList")
public record QueuesView(List<QueueView> queues) {

  /** A queue. */
  @RegisterForReflection
  @Schema(name = "Queue")
  public record QueueView(
      @Schema(examples = "default") String name,
      @Schema(description = "Messages that wait; null when the broker cannot be asked.")
          @Nullable Long ready,
      @Schema(description = "Who takes from it, as the broker counts; null likewise.")
          @Nullable Integer consumers,
      @JsonProperty("paused_since")
          @Schema(description = "Since when nothing is taken from it; null if it is not paused.")
          @Nullable Instant pausedSince,
      @Schema(description = "The live workers that tell that they take from it.")
          List<String> workers) {

    static QueueView of(KnownQueue queue) {
      return new QueueView(
          queue.name(),
          queue.depth().map(QueueDepth::ready).orElse(null),
          queue.depth().map(QueueDepth::consumers).orElse(null),
          queue.pausedSince().orElse(null),
          queue.workers());
    }
  }

  static QueuesView of(List<KnownQueue> queues) {
    return new QueuesView(queues.stream().map(QueueView::of).toList());
  }
}
