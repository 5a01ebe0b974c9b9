package dev.tallo.producer.api;

import dev.tallo.producer.history.AuditFilter;
import dev.tallo.producer.history.AuditStore;
import dev.tallo.security.AuditedCall;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Who did what. */
@Path("/api/v1/audit")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Audit")
public class AuditResource {
  private static final Set<String> LIST =
      Set.of("who", "path", "since", "until", "limit", "cursor");

  private final AuditStore store;

  AuditResource(AuditStore store) {
    this.store = store;
  }

  /** Many, newest first. */
  @GET
  @Operation(
      operationId = "listAudit",
      summary = "Who did what, newest first",
      description =
          "Every call that changed something or was to, a moment after it was answered; never its"
              + " query, body or headers. Ask for the next page with the cursor that the page before"
              + " gives as next.")
  @Parameter(
      name = "who",
      in = ParameterIn.QUERY,
      description = "Exactly this name of a key.",
      schema = @Schema(type = SchemaType.STRING))
  @Parameter(
      name = "path",
      in = ParameterIn.QUERY,
      description = "Exactly this path.",
      schema = @Schema(type = SchemaType.STRING))
  @Parameter(
      name = "since",
      in = ParameterIn.QUERY,
      description = "Answered then or later.",
      schema = @Schema(type = SchemaType.STRING, format = "date-time"))
  @Parameter(
      name = "until",
      in = ParameterIn.QUERY,
      description = "Answered before.",
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
      content = @Content(schema = @Schema(implementation = AuditView.class)))
  public Uni<AuditView> list(@Parameter(hidden = true) @Context UriInfo uri) {
    TaskQuery query = new TaskQuery(uri.getQueryParameters(), LIST);
    AuditFilter filter =
        new AuditFilter(
            text(query, "who"),
            text(query, "path"),
            query.time("since"),
            query.time("until"),
            query.cursor(),
            query.limit());
    query.throwErrors();
    return store.list(filter).map(AuditView::of);
  }

  private static Optional<String> text(TaskQuery query, String field) {
    return query.text(
        field,
        text -> !text.isEmpty() && text.length() <= AuditedCall.LONGEST_PATH,
        "must be 1 to %d characters".formatted(AuditedCall.LONGEST_PATH));
  }
}
