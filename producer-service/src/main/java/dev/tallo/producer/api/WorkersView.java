package dev.tallo.producer.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tallo.producer.events.LiveWorkers.LiveWorker;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** The workers that are alive. */
@RegisterForReflection
@Schema(name = "WorkerList")
public record WorkersView(List<WorkerView> workers) {

  /** A worker. */
  @RegisterForReflection
  @Schema(name = "Worker")
  public record WorkerView(
      @Schema(examples = "tallo-worker@host") String name,
      @Schema(description = "The program: tallo, py-celery.") String program,
      String version,
      @Schema(description = "Queues that it takes from; empty where it does not tell.")
          List<String> queues,
      @Schema(description = "Tasks that it knows; empty where it does not tell.")
          List<String> tasks,
      @Schema(description = "Tasks that run now.") int active,
      @Schema(description = "Tasks run since its start.") long processed,
      @JsonProperty("last_seen") Instant lastSeen,
      @JsonProperty("alive_until")
          @Schema(description = "Counts as alive until then without another heartbeat.")
          Instant aliveUntil) {}

  static WorkersView of(List<LiveWorker> alive) {
    return new WorkersView(
        alive.stream()
            .map(
                worker ->
                    new WorkerView(
                        worker.last().hostname(),
                        worker.last().swIdent(),
                        worker.last().swVer(),
                        worker.last().queues(),
                        worker.last().tasks(),
                        worker.last().active(),
                        worker.last().processed(),
                        worker.seen(),
                        worker.aliveUntil()))
            .toList());
  }
}
