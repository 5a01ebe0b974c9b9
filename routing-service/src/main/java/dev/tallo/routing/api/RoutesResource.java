package dev.tallo.routing.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.broker.PublishException;
import dev.tallo.problem.Problem;
import dev.tallo.routing.binding.BindingWriter;
import dev.tallo.routing.binding.LearnedBindings;
import dev.tallo.routing.rule.ConfiguredRules;
import dev.tallo.routing.rule.IfMatch;
import dev.tallo.routing.rule.InvalidRuleException;
import dev.tallo.routing.rule.Rule;
import dev.tallo.routing.rule.RuleEdit;
import dev.tallo.routing.rule.RuleEditException;
import dev.tallo.routing.rule.RuleJson;
import dev.tallo.routing.rule.RuleReader;
import dev.tallo.routing.rule.RuleSet;
import dev.tallo.routing.rule.RuleStore;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.net.URI;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** The rules, what they decide, and what was learned by them. */
@Path(RoutesResource.PATH)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Routes")
@APIResponse(
    responseCode = "default",
    description = "What went wrong",
    content =
        @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
public class RoutesResource {
  static final String PATH = "/api/v1/routes";
  private static final int MOST_BINDINGS = 1_000;

  /** Longer than a change waits for its turn. */
  private static final Duration DEADLINE = Duration.ofSeconds(18);

  private final RuleStore rules;
  private final LearnedBindings learned;
  private final BindingWriter writer;
  private final ConfiguredRules configured;

  RoutesResource(
      RuleStore rules, LearnedBindings learned, BindingWriter writer, ConfiguredRules configured) {
    this.rules = rules;
    this.learned = learned;
    this.writer = writer;
    this.configured = configured;
  }

  /** All rules in their order. */
  @GET
  @RunOnVirtualThread
  @Operation(
      operationId = "listRoutes",
      summary = "The rules, in order",
      description = "The first that takes a task decides. The ETag is that of the whole list.")
  @APIResponse(responseCode = "200", description = "The rules")
  public Response list(@HeaderParam(HttpHeaders.IF_NONE_MATCH) @Nullable String ifNoneMatch)
      throws SQLException {
    RuleSet inForce = rules.read();
    return answer(inForce.version(), ifNoneMatch, Views.rules(inForce));
  }

  /** One rule. */
  @GET
  @Path("/{id}")
  @RunOnVirtualThread
  @Operation(operationId = "getRoute", summary = "A rule")
  @APIResponse(responseCode = "200", description = "The rule, with its own ETag")
  public Response get(
      @PathParam("id") String id,
      @HeaderParam(HttpHeaders.IF_NONE_MATCH) @Nullable String ifNoneMatch)
      throws SQLException {
    RuleSet.Entry entry =
        rules.read().find(id).orElseThrow(() -> new RuleEditException.Unknown(id));
    return answer(entry.version(), ifNoneMatch, Views.rule(entry));
  }

  /** Adds a rule. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  @Operation(
      operationId = "addRoute",
      summary = "Add a rule",
      description =
          "It becomes the last but the default rule, or goes before the one that `before` names."
              + " When this answers, every message that is published from then on goes by it.")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              examples = {
                @ExampleObject(
                    name = "by name",
                    value =
                        "{\"id\": \"reports\", \"match\": {\"task\": \"reports.*\"}, \"queue\":"
                            + " \"reports\"}"),
                @ExampleObject(
                    name = "by argument, with a rate limit",
                    value =
                        "{\"match\": {\"topic\": \"reports.#\", \"arguments\": {\"/kwargs/pages\":"
                            + " {\"range\": {\"min\": 100}}}}, \"queue\": \"slow\", \"limit\":"
                            + " {\"rate\": \"10/s\", \"key\": {\"header\": \"tenant\"}}}"),
                @ExampleObject(
                    name = "a canary",
                    value =
                        "{\"match\": {\"task\": \"mail.send\"}, \"split\": {\"queues\": {\"mail\":"
                            + " 95, \"mail-canary\": 5}, \"key\": {\"argument\":"
                            + " \"/kwargs/customer\"}}}")
              }))
  @APIResponse(responseCode = "201", description = "It is in force")
  public Response add(
      byte[] body,
      @QueryParam("before") @Nullable String before,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch)
      throws SQLException {
    Rule rule =
        RuleReader.read(RuleJson.object(body), UUID.randomUUID().toString(), configured.inboxes());
    RuleSet inForce =
        change(
            RuleEdit.add(
                rule,
                Optional.ofNullable(before),
                Optional.ofNullable(ifMatch).map(IfMatch::parse)));
    return Response.fromResponse(changed(inForce, rule.id()))
        .status(Response.Status.CREATED)
        .location(URI.create(PATH + "/" + rule.id()))
        .build();
  }

  /** Has a rule say something else. */
  @PUT
  @Path("/{id}")
  @Consumes(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  @Operation(
      operationId = "changeRoute",
      summary = "Change a rule",
      description = "Whole, in its place. If-Match takes the ETag of the rule, or `*`.")
  @APIResponse(responseCode = "200", description = "It is in force")
  public Response replace(
      byte[] body,
      @PathParam("id") String id,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch)
      throws SQLException {
    IfMatch match = required(ifMatch);
    Rule rule = RuleReader.read(RuleJson.object(body), id, configured.inboxes());
    if (!rule.id().equals(id)) {
      throw new InvalidRuleException("id", "must be '" + id + "', or left out");
    }
    return changed(change(RuleEdit.replace(rule, match)), id);
  }

  /** Takes a rule away. */
  @DELETE
  @Path("/{id}")
  @RunOnVirtualThread
  @Operation(
      operationId = "deleteRoute",
      summary = "Delete a rule",
      description = "If-Match takes the ETag of the rule, or `*`.")
  @APIResponse(responseCode = "204", description = "It is no longer in force")
  public Response delete(
      @PathParam("id") String id, @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch)
      throws SQLException {
    change(RuleEdit.delete(id, required(ifMatch)));
    return Response.noContent().build();
  }

  /** Puts the rules in another order. */
  @PUT
  @Path("/order")
  @Consumes(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  @Operation(
      operationId = "orderRoutes",
      summary = "Put the rules in another order",
      description =
          "Names every rule but the default one. If-Match takes the ETag of the list, or `*`.")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              examples = @ExampleObject(name = "two", value = "{\"order\": [\"b\", \"a\"]}")))
  @APIResponse(responseCode = "200", description = "The rules in their new order")
  public Response order(byte[] body, @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch)
      throws SQLException {
    IfMatch match = required(ifMatch);
    RuleSet inForce = change(RuleEdit.reorder(ids(RuleJson.object(body)), match));
    return answer(inForce.version(), null, Views.rules(inForce));
  }

  /** Which rule a task would take. */
  @POST
  @Path("/resolve")
  @Consumes(MediaType.APPLICATION_JSON)
  @RunOnVirtualThread
  @Operation(
      operationId = "resolveRoute",
      summary = "Which rule a task would take",
      description = "And why the rules before it do not take it. Nothing is sent.")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              examples =
                  @ExampleObject(
                      name = "by name and argument",
                      value = "{\"task\": \"reports.generate\", \"kwargs\": {\"pages\": 200}}")))
  @APIResponse(responseCode = "200", description = "The rule, and what was looked at")
  public Response resolve(byte[] body) throws SQLException {
    AskedTask task = AskedTask.read(RuleJson.object(body));
    RuleSet inForce = rules.read();
    return Response.ok(
            Views.decision(inForce, task, inForce.explain(task), learned.find(task.name())))
        .build();
  }

  /** What was learned. */
  @GET
  @Path("/bindings")
  @RunOnVirtualThread
  @Operation(
      operationId = "listBindings",
      summary = "What the broker was taught",
      description =
          "Task names that go to their queue without passing the routing service: by which rule,"
              + " and since when. By name; `next`, where there is one, is the `after` of the next"
              + " page.")
  @APIResponse(responseCode = "200", description = "The bindings")
  public Response bindings(
      @QueryParam("after") @Nullable String after, @QueryParam("limit") @Nullable String limit)
      throws SQLException {
    int most = limit(limit);
    return Response.ok(
            Views.bindings(learned.page(Optional.ofNullable(after).orElse(""), most), most))
        .build();
  }

  private static int limit(@Nullable String text) {
    if (text == null) {
      return 100;
    }
    try {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= MOST_BINDINGS) {
        return limit;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new InvalidRuleException("limit", "must be a whole number from 1 to " + MOST_BINDINGS);
  }

  private static List<String> ids(ObjectNode json) {
    for (String field : json.propertyStream().map(Map.Entry::getKey).toList()) {
      if (!field.equals("order")) {
        throw new InvalidRuleException(field, "is unknown; there is order");
      }
    }
    JsonNode order = json.path("order");
    List<String> ids = new ArrayList<>();
    order.forEach(id -> ids.add(id.isTextual() ? id.textValue() : id.toString()));
    if (!order.isArray()) {
      throw new InvalidRuleException("order", "must be the list of the ids of all rules");
    }
    return ids;
  }

  private static IfMatch required(@Nullable String ifMatch) {
    if (ifMatch == null) {
      throw new PreconditionRequiredException();
    }
    return IfMatch.parse(ifMatch);
  }

  private static Response changed(RuleSet inForce, String id) {
    RuleSet.Entry entry = inForce.find(id).orElseThrow();
    return Response.ok(Views.withWarnings(Views.rule(entry), inForce))
        .header(HttpHeaders.ETAG, IfMatch.tag(entry.version()))
        .build();
  }

  private static Response answer(long version, @Nullable String ifNoneMatch, ObjectNode json) {
    boolean known = ifNoneMatch != null && IfMatch.parse(ifNoneMatch).allows(version);
    return (known ? Response.notModified() : Response.ok(json))
        .header(HttpHeaders.ETAG, IfMatch.tag(version))
        .build();
  }

  private RuleSet change(RuleEdit edit) throws SQLException {
    try {
      return writer
          .change(edit)
          .toCompletableFuture()
          .get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof SQLException store) {
        throw store;
      }
      throw switch (cause) {
        case InvalidRuleException invalid -> invalid;
        case RuleEditException refused -> refused;
        case PublishException.BrokerUnavailable away -> notDone(away);
        case BindingWriter.BusyException busy -> notDone(busy);
        case RejectedExecutionException stopping -> notDone(stopping);
        case IOException broken -> notDone(broken);
        case TimeoutException late -> notDone(late);
        case null, default -> new IllegalStateException(e);
      };
    } catch (TimeoutException e) {
      throw new UnavailableException(
          "It is not known yet whether the change is made: read the rules before you try again.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("The service stops.");
    }
  }

  private static UnavailableException notDone(Exception why) {
    return new UnavailableException(
        "Nothing was changed, the rules of before are in force: " + why.getMessage());
  }
}
