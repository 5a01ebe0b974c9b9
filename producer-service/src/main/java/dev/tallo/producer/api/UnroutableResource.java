package dev.tallo.producer.api;

import dev.tallo.producer.history.DeadLetter;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Tasks that no rule takes: the dead letters that were taken from where they are parked. */
@Path("/api/v1/routes/unroutable")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Routes")
public class UnroutableResource {
  private static final Optional<DeadLetter.Source> SOURCE =
      Optional.of(DeadLetter.Source.UNROUTABLE);

  private final DeadLetterRequests requests;

  UnroutableResource(DeadLetterRequests requests) {
    this.requests = requests;
  }

  /** Many, newest first. */
  @GET
  @Operation(
      operationId = "listUnroutable",
      summary = "The tasks that no rule takes, newest first",
      description = "Ask for the next page with the cursor that the page before gives as next.")
  @Parameter(
      name = "queue",
      in = ParameterIn.QUERY,
      description = "Exactly this queue.",
      schema = @Schema(type = SchemaType.STRING))
  @Parameter(
      name = "task",
      in = ParameterIn.QUERY,
      description = "Exactly this name.",
      schema = @Schema(type = SchemaType.STRING))
  @Parameter(
      name = "reason",
      in = ParameterIn.QUERY,
      description = "Exactly this word.",
      schema = @Schema(type = SchemaType.STRING))
  @Parameter(
      name = "since",
      in = ParameterIn.QUERY,
      description = "Dead since then or later.",
      schema = @Schema(type = SchemaType.STRING, format = "date-time"))
  @Parameter(
      name = "until",
      in = ParameterIn.QUERY,
      description = "Dead before.",
      schema = @Schema(type = SchemaType.STRING, format = "date-time"))
  @Parameter(
      name = "limit",
      in = ParameterIn.QUERY,
      schema =
          @Schema(type = SchemaType.INTEGER, minimum = "1", maximum = "500", defaultValue = "50"))
  @Parameter(name = "cursor", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @APIResponse(
      responseCode = "200",
      description = "A page",
      content = @Content(schema = @Schema(implementation = DeadLetterView.Page.class)))
  public Uni<DeadLetterView.Page> list(@Parameter(hidden = true) @Context UriInfo uri) {
    return requests.list(DeadLetterQuery.page(uri.getQueryParameters(), SOURCE));
  }

  /** Sends many again. */
  @POST
  @Path("redrive")
  @Consumes(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  @Operation(
      operationId = "redriveUnroutable",
      summary = "Send unroutable tasks again",
      description =
          "Those that the filter takes, or with \"all\": true all of them, in the order in which"
              + " they died. One that cannot be sent stays.")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              examples = {
                @ExampleObject(name = "some", value = "{\"task\": \"demo.add\"}"),
                @ExampleObject(name = "all", value = "{\"all\": true}")
              }))
  @APIResponse(
      responseCode = "200",
      description = "How many were sent",
      content = @Content(schema = @Schema(implementation = DeadLetterView.RedriveResult.class)))
  @APIResponse(responseCode = "400", description = "It says neither which ones nor all")
  @APIResponse(responseCode = "404", description = "There are none such; nothing was changed")
  public DeadLetterView.RedriveResult redriveSome(InputStream body) throws IOException {
    return requests.redriveAll(DeadLetterQuery.some(BodyFields.bounded(body), SOURCE));
  }

  /** Deletes many. */
  @DELETE
  @RunOnVirtualThread
  @Operation(
      operationId = "deleteUnroutable",
      summary = "Delete unroutable tasks",
      description = "Those that the filter takes, or with all=true all of them.")
  @Parameter(
      name = "all",
      in = ParameterIn.QUERY,
      description =
          "True to mean all of them; else name some by queue, task, reason, since, until.",
      schema = @Schema(type = SchemaType.BOOLEAN))
  @APIResponse(
      responseCode = "200",
      description = "How many were deleted",
      content = @Content(schema = @Schema(implementation = DeadLetterView.DeleteResult.class)))
  @APIResponse(responseCode = "400", description = "It says neither which ones nor all")
  @APIResponse(responseCode = "404", description = "There are none such; nothing was changed")
  public DeadLetterView.DeleteResult deleteSome(@Parameter(hidden = true) @Context UriInfo uri) {
    return requests.deleteAll(DeadLetterQuery.some(uri.getQueryParameters(), SOURCE));
  }
}
