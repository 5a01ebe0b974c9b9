package dev.tallo.producer.api;

import dev.tallo.producer.events.LiveWorkers;
import io.smallrye.common.annotation.NonBlocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The workers. */
@Path("/api/v1/workers")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Workers")
public class WorkersResource {
  private final LiveWorkers workers;

  WorkersResource(LiveWorkers workers) {
    this.workers = workers;
  }

  /** Those whose last heartbeat is recent enough. */
  @GET
  @NonBlocking
  @Operation(
      operationId = "listWorkers",
      summary = "The workers that are alive",
      description = "A worker counts as alive until twice its heartbeat's interval has passed.")
  public WorkersView list() {
    return WorkersView.of(workers.all());
  }
}
