package dev.tallo.producer.api;

import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.problem.FieldError;
import dev.tallo.problem.Problem;
import dev.tallo.producer.api.QueuesView.QueueView;
import dev.tallo.producer.control.Queues;
import dev.tallo.producer.control.Queues.KnownQueue;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The queues of tasks. */
@Path("/api/v1/queues")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Queues")
public class QueuesResource {
  private final Queues queues;

  QueuesResource(Queues queues) {
    this.queues = queues;
  }

  /** All that are known. */
  @GET
  @Operation(
      operationId = "listQueues",
      summary = "The queues, what waits in them, and who takes from them",
      description =
          "Those that live workers take from, that tasks of the history went to, or that are"
              + " paused; at most 500.")
  @APIResponse(
      responseCode = "200",
      description = "The queues, by name",
      content = @Content(schema = @Schema(implementation = QueuesView.class)))
  public Uni<QueuesView> list() {
    return queues.all().map(QueuesView::of);
  }

  /** Pauses a queue. */
  @POST
  @Path("{queue}/pause")
  @Operation(
      operationId = "pauseQueue",
      summary = "Pause a queue",
      description =
          "No worker of Tallo takes from it any more, also none that starts later; what runs is"
              + " finished. Tasks are still taken and wait in it.")
  @APIResponse(
      responseCode = "200",
      description = "The broker has the command; workers follow within a second",
      content = @Content(schema = @Schema(implementation = QueueView.class)))
  @APIResponse(responseCode = "404", description = "There is no such queue")
  @APIResponse(responseCode = "503", description = "The workers cannot be told now")
  public Uni<QueueView> pause(@PathParam("queue") String queue) {
    return queues.pause(checked(queue)).map(found -> shown(queue, found));
  }

  /** Resumes a queue. */
  @POST
  @Path("{queue}/resume")
  @Operation(
      operationId = "resumeQueue",
      summary = "Resume a queue",
      description = "Workers take from it again.")
  @APIResponse(
      responseCode = "200",
      description = "The broker has the command; workers follow within a second",
      content = @Content(schema = @Schema(implementation = QueueView.class)))
  @APIResponse(responseCode = "404", description = "There is no such queue")
  @APIResponse(responseCode = "503", description = "The workers cannot be told now")
  public Uni<QueueView> resume(@PathParam("queue") String queue) {
    return queues.resume(checked(queue)).map(found -> shown(queue, found));
  }

  private static QueueView shown(String queue, Optional<KnownQueue> found) {
    return found
        .map(QueueView::of)
        .orElseThrow(
            () ->
                Problem.of(
                        "unknown-queue",
                        404,
                        "There is no such queue",
                        "There is no queue '" + queue + "'.")
                    .exception());
  }

  private static String checked(String queue) {
    if (!Names.isQueueName(queue)) {
      throw TaskQuery.invalid(
          List.of(
              new FieldError(
                  "queue",
                  "must be 1 to %d of the characters A-Z a-z 0-9 _ . : -"
                      .formatted(Names.MAX_QUEUE_NAME))));
    }
    if (queue.startsWith(Topology.RESERVED_PREFIX)) {
      throw TaskQuery.invalid(
          List.of(
              new FieldError(
                  "queue", "must not begin with " + Topology.RESERVED_PREFIX + ": not for tasks")));
    }
    return queue;
  }
}
