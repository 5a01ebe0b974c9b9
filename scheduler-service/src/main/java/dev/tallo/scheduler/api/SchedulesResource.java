package dev.tallo.scheduler.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.problem.EntityTag;
import dev.tallo.problem.FieldError;
import dev.tallo.problem.JsonFields;
import dev.tallo.problem.Problem;
import dev.tallo.problem.ProblemException;
import dev.tallo.scheduler.firing.FiringState;
import dev.tallo.scheduler.firing.Firings;
import dev.tallo.scheduler.firing.Firings.Backfill;
import dev.tallo.scheduler.firing.PastFiring;
import dev.tallo.scheduler.schedule.Definition;
import dev.tallo.scheduler.schedule.DefinitionReader;
import dev.tallo.scheduler.schedule.Schedule;
import dev.tallo.scheduler.schedule.ScheduleFilter;
import dev.tallo.scheduler.schedule.ScheduleStore;
import dev.tallo.scheduler.store.StoreClock;
import dev.tallo.scheduler.timing.Timing;
import dev.tallo.security.mask.Masks;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
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
import org.jspecify.annotations.Nullable;

/**
 * Schedules and their firings. A change may carry the version that it was made for in {@code
 * If-Match}; then it is refused with 412 if there is another one meanwhile.
 */
@Path(SchedulesResource.PATH)
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "Schedules")
public class SchedulesResource {
  static final String PATH = "/api/v1/schedules";
  private static final String TASKS = "/api/v1/tasks/";
  private static final String MERGE_PATCH = "application/merge-patch+json";
  private static final String KIND = "invalid-schedule";
  private static final String TITLE = "The schedule is not valid";

  /** Largest schedule, in bytes. */
  private static final int MAX_BODY = 1 << 20;

  private static final int DEFAULT_LIMIT = 50;
  private static final int DEFAULT_TIMES = 10;
  private static final int MAX_TIMES = 1_000;

  /** Later than any time that is stored. */
  private static final Instant FOREVER = Instant.parse("9999-12-31T23:59:59Z");

  private final ScheduleStore schedules;
  private final Firings firings;
  private final StoreClock clock;
  private final Masks masks;

  SchedulesResource(ScheduleStore schedules, Firings firings, StoreClock clock, Masks masks) {
    this.schedules = schedules;
    this.firings = firings;
    this.clock = clock;
    this.masks = masks;
  }

  /** Adds a schedule. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(operationId = "addSchedule", summary = "Add a schedule")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = ScheduleForm.class),
              examples = {
                @ExampleObject(
                    name = "every night by the clock of Berlin",
                    value =
                        "{\"name\": \"nightly\", \"task\": \"demo.echo\", \"args\": [\"night\"],"
                            + " \"cron\": \"0 3 * * *\", \"time_zone\": \"Europe/Berlin\"}"),
                @ExampleObject(
                    name = "every ten seconds, never two at once",
                    value =
                        "{\"name\": \"often\", \"task\": \"demo.add\", \"args\": [1, 2], \"every\":"
                            + " 10, \"overlap\": \"skip\"}")
              }))
  @APIResponse(responseCode = "201", description = "The schedule is added")
  @APIResponse(
      responseCode = "400",
      description = "Not JSON, or a field is unknown, missing or of the wrong type",
      content =
          @Content(
              mediaType = Problem.MEDIA_TYPE,
              schema = @Schema(implementation = Problem.class)))
  @APIResponse(responseCode = "409", description = "There is a schedule of this name")
  @APIResponse(responseCode = "422", description = "A field means nothing: it is never due, say")
  public Response add(InputStream body) throws IOException {
    ObjectNode json = read(body);
    JsonFields fields = JsonFields.of(json, DefinitionReader.FIELDS);
    restore(json, JsonNodeFactory.instance.objectNode(), fields);
    Definition definition = DefinitionReader.wanted(fields, fields.text("name"), clock.instant());
    boolean enabled = enabled(fields);
    fields.check(KIND, TITLE);
    Schedule schedule = schedules.create(definition, enabled);
    return tagged(schedule, Response.status(Response.Status.CREATED))
        .header(HttpHeaders.LOCATION, PATH + "/" + definition.name())
        .build();
  }

  /** One schedule. */
  @GET
  @Path("{name}")
  @Operation(operationId = "getSchedule", summary = "Ask for a schedule")
  @APIResponse(responseCode = "200", description = "The schedule; its version is the ETag")
  @APIResponse(responseCode = "404", description = "There is no such schedule")
  public Response get(@PathParam("name") String name) {
    return tagged(schedules.get(name), Response.ok()).build();
  }

  /** Replaces a schedule. */
  @PUT
  @Path("{name}")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      operationId = "replaceSchedule",
      summary = "Change a schedule as a whole",
      description = "While its times stay the same, so does the one that comes next.")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = ScheduleForm.class)))
  @APIResponse(responseCode = "200", description = "The schedule is changed")
  @APIResponse(responseCode = "404", description = "There is no such schedule")
  @APIResponse(responseCode = "409", description = "Configuration defines it")
  @APIResponse(responseCode = "412", description = "It was changed meanwhile")
  @APIResponse(responseCode = "422", description = "A field means nothing: it is never due, say")
  public Response replace(
      @PathParam("name") String name,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
      InputStream body)
      throws IOException {
    ObjectNode json = read(body);
    Schedule old = schedules.get(name);
    Optional<String> wanted = Optional.ofNullable(ifMatch);
    // What is hidden is taken from the version that was read here, so it is meant for that.
    return change(
        name,
        json,
        old,
        masks.hidesArguments(Optional.of(old.definition().call().task()))
            ? wanted.or(() -> Optional.of(EntityTag.of(old.version())))
            : wanted);
  }

  /** Changes some of a schedule. */
  @PATCH
  @Path("{name}")
  @Consumes({MERGE_PATCH, MediaType.APPLICATION_JSON})
  @Operation(
      operationId = "changeSchedule",
      summary = "Change some fields of a schedule",
      description = "A merge patch (RFC 7396): null takes a field away.")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = ScheduleForm.class)))
  @APIResponse(responseCode = "200", description = "The schedule is changed")
  @APIResponse(responseCode = "404", description = "There is no such schedule")
  @APIResponse(responseCode = "409", description = "Configuration defines it")
  @APIResponse(responseCode = "412", description = "It was changed meanwhile")
  @APIResponse(responseCode = "422", description = "A field means nothing: it is never due, say")
  public Response patch(
      @PathParam("name") String name,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
      InputStream body)
      throws IOException {
    ObjectNode patch = read(body);
    Schedule old = schedules.get(name);
    Optional<String> wanted = Optional.ofNullable(ifMatch);
    EntityTag.require(wanted, old.version());
    ObjectNode merged = ScheduleJson.written(old);
    masks.hideArguments(old.definition().call().task(), merged);
    merge(merged, patch);
    // What was merged is meant for what it was merged with.
    return change(name, merged, old, Optional.of(EntityTag.of(old.version())));
  }

  private static void merge(ObjectNode target, ObjectNode patch) {
    for (var field : patch.properties()) {
      JsonNode value = field.getValue();
      if (value.isNull()) {
        target.remove(field.getKey());
      } else if (value instanceof ObjectNode changes
          && target.get(field.getKey()) instanceof ObjectNode old) {
        merge(old, changes);
      } else {
        target.set(field.getKey(), value);
      }
    }
  }

  private Response change(String name, ObjectNode json, Schedule old, Optional<String> ifMatch) {
    JsonFields fields = JsonFields.of(json, DefinitionReader.FIELDS);
    restore(json, ScheduleJson.written(old), fields);
    if (fields.text("name").filter(given -> !given.equals(name)).isPresent()) {
      fields.refuse("name", "must be '%s': the name is the schedule's identity".formatted(name));
    }
    Definition definition = DefinitionReader.wanted(fields, Optional.of(name), clock.instant());
    boolean enabled = enabled(fields);
    fields.check(KIND, TITLE);
    return tagged(schedules.change(name, definition, enabled, ifMatch), Response.ok()).build();
  }

  /**
   * Puts the values of before in place of hidden arguments, if the task is the same: another one
   * may show them.
   */
  private void restore(ObjectNode json, ObjectNode before, JsonFields fields) {
    String task = json.path("task").asText();
    String taskBefore = before.path("task").asText(task);
    Set<String> lost = new TreeSet<>();
    if (task.equals(taskBefore)) {
      lost.addAll(masks.restoreArguments(task, json, before));
    } else {
      ObjectNode nothing = JsonNodeFactory.instance.objectNode();
      lost.addAll(masks.restoreArguments(task, json, nothing));
      lost.addAll(masks.restoreArguments(taskBefore, json, nothing));
    }
    for (String field : lost) {
      fields.refuse(
          field,
          "must have the value in place of %s, which hides one of another task or none"
              .formatted(Masks.HIDDEN));
    }
  }

  private static boolean enabled(JsonFields fields) {
    return fields.bool("enabled").orElse(true);
  }

  /** Removes a schedule. */
  @DELETE
  @Path("{name}")
  @Operation(
      operationId = "deleteSchedule",
      summary = "Remove a schedule",
      description = "What is due within the next seconds may still be sent.")
  @APIResponse(responseCode = "204", description = "It is gone")
  @APIResponse(responseCode = "404", description = "There is no such schedule")
  @APIResponse(responseCode = "409", description = "Configuration defines it")
  @APIResponse(responseCode = "412", description = "It was changed meanwhile")
  public Response delete(
      @PathParam("name") String name, @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch) {
    schedules.delete(name, Optional.ofNullable(ifMatch));
    return Response.noContent().build();
  }

  /** Pauses a schedule. */
  @POST
  @Path("{name}/pause")
  @Operation(
      operationId = "pauseSchedule",
      summary = "Have a schedule not be due until it is resumed",
      description = "What is due within the next seconds may still be sent.")
  @APIResponse(responseCode = "200", description = "It is paused, or has ended before")
  public Response pause(
      @PathParam("name") String name, @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch) {
    return tagged(schedules.pause(name, Optional.ofNullable(ifMatch)), Response.ok()).build();
  }

  /** Resumes a schedule. */
  @POST
  @Path("{name}/resume")
  @Operation(
      operationId = "resumeSchedule",
      summary = "Have a paused schedule be due again",
      description = "Times that went by meanwhile are not made up for; see backfill.")
  @APIResponse(responseCode = "200", description = "It is due again")
  @APIResponse(responseCode = "409", description = "Configuration disables it")
  public Response resume(
      @PathParam("name") String name, @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch) {
    return tagged(schedules.resume(name, Optional.ofNullable(ifMatch)), Response.ok()).build();
  }

  /** Sends a schedule's task now. */
  @POST
  @Path("{name}/run")
  @Operation(
      operationId = "runSchedule",
      summary = "Send a schedule's task now",
      description = "Beside its times, and whether it is paused or its last task runs.")
  @APIResponse(
      responseCode = "202",
      description = "It is being sent; Location is that of the task",
      content = @Content(schema = @Schema(implementation = FiringView.class)))
  @APIResponse(responseCode = "503", description = "The broker takes nothing now")
  public Response run(@PathParam("name") String name) {
    PastFiring firing = firings.run(schedules.get(name).definition());
    return Response.accepted(FiringView.of(firing))
        .header(HttpHeaders.LOCATION, TASKS + firing.taskId())
        .build();
  }

  /** When a schedule is due next. */
  @GET
  @Path("{name}/next")
  @Operation(operationId = "nextTimes", summary = "Ask when a schedule is due next")
  @Parameter(
      name = "count",
      in = ParameterIn.QUERY,
      schema =
          @Schema(type = SchemaType.INTEGER, minimum = "1", maximum = "1000", defaultValue = "10"))
  @Parameter(
      name = "after",
      in = ParameterIn.QUERY,
      description = "Now by default.",
      schema = @Schema(type = SchemaType.STRING, format = "date-time"))
  @APIResponse(
      responseCode = "200",
      description = "The times",
      content = @Content(schema = @Schema(implementation = NextTimesView.class)))
  public NextTimesView next(
      @PathParam("name") String name, @Parameter(hidden = true) @Context UriInfo uri) {
    Query query = new Query(uri.getQueryParameters(), Set.of("count", "after"));
    int count = query.integer("count", MAX_TIMES, DEFAULT_TIMES);
    Optional<Instant> after = query.time("after");
    query.check();
    Definition definition = schedules.get(name).definition();
    List<OffsetDateTime> times = new ArrayList<>();
    Optional<Instant> time = definition.next(after.orElse(clock.instant()));
    while (time.isPresent() && times.size() < count) {
      times.add(time.get().atZone(definition.timing().zone()).toOffsetDateTime());
      time = definition.next(time.get());
    }
    return new NextTimesView(times);
  }

  /** What became of a schedule's times. */
  @GET
  @Path("{name}/firings")
  @Operation(
      operationId = "listFirings",
      summary = "List what became of a schedule's times, the latest first")
  @Parameter(name = "state", in = ParameterIn.QUERY)
  @Parameter(name = "since", in = ParameterIn.QUERY, description = "Of then or later.")
  @Parameter(name = "until", in = ParameterIn.QUERY, description = "Of before.")
  @Parameter(name = "limit", in = ParameterIn.QUERY, description = "1 to 500, 50 by default.")
  @Parameter(name = "cursor", in = ParameterIn.QUERY)
  @APIResponse(
      responseCode = "200",
      description = "A page",
      content = @Content(schema = @Schema(implementation = FiringListView.class)))
  public FiringListView firings(
      @PathParam("name") String name, @Parameter(hidden = true) @Context UriInfo uri) {
    Query query =
        new Query(uri.getQueryParameters(), Set.of("state", "since", "until", "limit", "cursor"));
    Optional<FiringState> state = query.constant("state", FiringState.values());
    Instant since = query.time("since").orElse(Instant.EPOCH);
    Instant until = query.time("until").orElse(FOREVER);
    int limit = query.integer("limit", Firings.MAX_LIMIT, DEFAULT_LIMIT);
    Instant before =
        query
            .cursor(text -> text.matches("[0-9]{1,15}"))
            .map(text -> Instant.ofEpochMilli(Long.parseLong(text)))
            .filter(until::isAfter)
            .orElse(until);
    query.check();
    schedules.get(name);
    List<PastFiring> page = firings.history(name, state, since, before, limit);
    return new FiringListView(
        page.stream().map(FiringView::of).toList(),
        page.size() < limit
            ? null
            : Query.cursorAt(Long.toString(page.getLast().nominal().toEpochMilli())));
  }

  /** Makes up for past times. */
  @POST
  @Path("{name}/backfill")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      operationId = "backfillSchedule",
      summary = "Send the tasks of past times that were not sent",
      description =
          "Of times from 'from' on and before 'until', at most 1,000 of them"
              + " (tallo.scheduler.max-backfill), by the schedule as it is now.")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              examples =
                  @ExampleObject(
                      name = "a night",
                      value =
                          "{\"from\": \"2026-01-31T00:00:00Z\", \"until\":"
                              + " \"2026-01-31T06:00:00Z\"}")))
  @APIResponse(
      responseCode = "202",
      description = "They are being sent",
      content = @Content(schema = @Schema(implementation = BackfillView.class)))
  @APIResponse(
      responseCode = "422",
      description = "The range does not lie in the past, or has too many times")
  public Response backfill(@PathParam("name") String name, InputStream body) throws IOException {
    JsonFields fields = JsonFields.of(read(body), List.of("from", "until"));
    Optional<Instant> from = fields.time("from");
    Optional<Instant> until = fields.time("until");
    for (String field : List.of("from", "until")) {
      if (!fields.has(field)) {
        fields.missing(field, "a date-time with its offset");
      }
    }
    fields.check("invalid-range", "The range cannot be filled");
    Backfill backfill =
        firings.backfill(schedules.get(name).definition(), from.orElseThrow(), until.orElseThrow());
    return Response.accepted(new BackfillView(backfill.firings(), backfill.alreadySent())).build();
  }

  /** Many schedules. */
  @GET
  @Operation(
      operationId = "listSchedules",
      summary = "List schedules by name",
      description = "Ask for the next page with the cursor that the page before gives as next.")
  @Parameter(name = "task", in = ParameterIn.QUERY, description = "Exactly this name.")
  @Parameter(name = "queue", in = ParameterIn.QUERY, description = "Exactly this queue.")
  @Parameter(name = "kind", in = ParameterIn.QUERY, description = "cron, interval, one_off, solar")
  @Parameter(
      name = "state",
      in = ParameterIn.QUERY,
      description = "active, paused, disabled, ended")
  @Parameter(name = "source", in = ParameterIn.QUERY, description = "api, configuration")
  @Parameter(name = "limit", in = ParameterIn.QUERY, description = "1 to 500, 50 by default.")
  @Parameter(name = "cursor", in = ParameterIn.QUERY)
  @APIResponse(
      responseCode = "200",
      description = "A page",
      content = @Content(schema = @Schema(implementation = ScheduleListView.class)))
  public ScheduleListView list(@Parameter(hidden = true) @Context UriInfo uri) {
    Query query =
        new Query(
            uri.getQueryParameters(),
            Set.of("task", "queue", "kind", "state", "source", "limit", "cursor"));
    int limit = query.integer("limit", ScheduleFilter.MAX_LIMIT, DEFAULT_LIMIT);
    ScheduleFilter filter =
        new ScheduleFilter(
            query.name("task", Names::isTaskName, Names.MAX_TASK_NAME),
            query.name("queue", Names::isQueueName, Names.MAX_QUEUE_NAME),
            query.constant("kind", Timing.Kind.values()),
            query.constant("state", Schedule.State.values()),
            query.constant("source", Schedule.Source.values()),
            query.cursor(Names::isTaskName),
            limit);
    query.check();
    List<Schedule> page = schedules.list(filter);
    return new ScheduleListView(
        page.stream().map(schedule -> ScheduleJson.of(schedule, masks)).toList(),
        page.size() < limit ? null : Query.cursorAt(page.getLast().definition().name()));
  }

  private Response.ResponseBuilder tagged(Schedule schedule, Response.ResponseBuilder response) {
    return response
        .entity(ScheduleJson.of(schedule, masks))
        .header(HttpHeaders.ETAG, EntityTag.of(schedule.version()));
  }

  private static ObjectNode read(InputStream body) throws IOException {
    byte[] json = body.readNBytes(MAX_BODY + 1);
    if (json.length > MAX_BODY) {
      throw tooLarge();
    }
    return JsonFields.tree(json);
  }

  private static ProblemException tooLarge() {
    return Problem.of(
            "too-large",
            413,
            "The request is too large",
            List.of(new FieldError("body", "must be at most %,d bytes".formatted(MAX_BODY))))
        .exception();
  }
}
