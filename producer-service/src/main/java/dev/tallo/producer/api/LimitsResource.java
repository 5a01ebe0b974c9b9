package dev.tallo.producer.api;

import dev.tallo.messaging.protocol.Names;
import dev.tallo.messaging.protocol.Rate;
import dev.tallo.problem.FieldError;
import dev.tallo.problem.Problem;
import dev.tallo.producer.api.LimitsView.LimitView;
import dev.tallo.producer.control.Limits;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** What each worker may do of a task. */
@Path("/api/v1/limits")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Limits")
public class LimitsResource {
  private static final int MOST_AT_ONCE = 1_000_000;

  private final Limits limits;

  LimitsResource(Limits limits) {
    this.limits = limits;
  }

  /** The form of a request for the OpenAPI description. */
  @Schema(name = "LimitRequest", description = "At least one of the two has to be there.")
  record LimitRequest(
      @Schema(description = "Attempts at once, in each worker.", minimum = "1")
          @Nullable Integer concurrency,
      @Schema(
              description = "Starts in a time, in each worker: per s, m or h.",
              examples = "10/m",
              pattern = "^[1-9][0-9]{0,6}(/[smh])?$")
          @Nullable String rate) {}

  /** All in force. */
  @GET
  @NonBlocking
  @Operation(operationId = "listLimits", summary = "The limits of tasks that are in force")
  public LimitsView list() {
    return LimitsView.of(limits.all());
  }

  /** Limits a task. */
  @PUT
  @Path("{task}")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      operationId = "limitTask",
      summary = "Limit a task",
      description =
          "In each worker, those that start later too, and in place of what the worker is"
              + " configured to and of a limit before.")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = LimitRequest.class),
              examples =
                  @ExampleObject(
                      name = "two at once, ten starts a minute",
                      value = "{\"concurrency\": 2, \"rate\": \"10/m\"}")))
  @APIResponse(
      responseCode = "200",
      description = "The broker has the command; workers follow within a second",
      content = @Content(schema = @Schema(implementation = LimitView.class)))
  @APIResponse(responseCode = "400", description = "A field is unknown or out of its bounds")
  @APIResponse(responseCode = "503", description = "The workers cannot be told now")
  public Uni<LimitView> set(
      @PathParam("task") String task, @Parameter(hidden = true) @Context RoutingContext request) {
    String name = checked(task);
    return BoundedBody.of(request, BodyFields.MAX_BYTES)
        .flatMap(
            json -> {
              BodyFields fields = new BodyFields(json, Set.of("concurrency", "rate"));
              OptionalInt concurrency = fields.integer("concurrency", 1, MOST_AT_ONCE);
              Optional<String> rate =
                  fields.text(
                      "rate",
                      LimitsResource::isRate,
                      "must be like \"10/s\", \"100/m\" or \"5/h\", 1 to %,d"
                          .formatted(Rate.MAX_PERMITS));
              fields.throwErrors();
              if (concurrency.isEmpty() && rate.isEmpty()) {
                fields.refuse("body", "must have concurrency or rate; DELETE takes a limit away");
                fields.throwErrors();
              }
              return limits.set(name, concurrency, rate.map(Rate::parse));
            })
        .map(LimitView::of);
  }

  private static boolean isRate(String text) {
    try {
      Rate.parse(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Takes a limit away. */
  @DELETE
  @Path("{task}")
  @Operation(
      operationId = "unlimitTask",
      summary = "Take a limit away",
      description = "What the workers are configured to counts again.")
  @APIResponse(responseCode = "204", description = "The broker has the command")
  @APIResponse(responseCode = "404", description = "The task has no limit")
  @APIResponse(responseCode = "503", description = "The workers cannot be told now")
  public Uni<Response> remove(@PathParam("task") String task) {
    return limits
        .remove(checked(task))
        .map(
            was -> {
              if (!was) {
                throw Problem.of(
                        "unknown-limit",
                        404,
                        "There is no such limit",
                        "The task '" + task + "' has no limit.")
                    .exception();
              }
              return Response.noContent().build();
            });
  }

  private static String checked(String task) {
    if (!Names.isTaskName(task)) {
      throw TaskQuery.invalid(
          List.of(
              new FieldError(
                  "task",
                  "must be 1 to %d of the characters A-Z a-z 0-9 _ . : -"
                      .formatted(Names.MAX_TASK_NAME))));
    }
    return task;
  }
}
