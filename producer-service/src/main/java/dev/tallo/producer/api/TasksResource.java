package dev.tallo.producer.api;

import dev.tallo.messaging.protocol.Names;
import dev.tallo.messaging.protocol.State;
import dev.tallo.problem.FieldError;
import dev.tallo.problem.Problem;
import dev.tallo.producer.HttpConfig;
import dev.tallo.producer.batch.BatchAnswers;
import dev.tallo.producer.batch.BatchUpload;
import dev.tallo.producer.control.Revocations;
import dev.tallo.producer.history.History;
import dev.tallo.producer.history.StoredTask;
import dev.tallo.producer.submit.IdempotencyKey;
import dev.tallo.producer.submit.Submission;
import dev.tallo.producer.submit.SubmitException;
import dev.tallo.producer.submit.Submitter;
import dev.tallo.producer.submit.TaskRequest;
import dev.tallo.producer.submit.TaskRequestReader;
import dev.tallo.producer.view.TaskView;
import dev.tallo.producer.watch.TaskChange;
import dev.tallo.producer.watch.TaskWatch;
import dev.tallo.security.mask.Masks;
import io.netty.channel.Channel;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.NotSupportedException;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import jakarta.ws.rs.core.UriInfo;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.headers.Header;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Submit tasks, and ask what became of them. */
@Path(TasksResource.PATH)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Tasks")
public class TasksResource {
  static final String PATH = "/api/v1/tasks";
  private static final String NDJSON = "application/x-ndjson";
  private static final String IDEMPOTENCY_KEY = "Idempotency-Key";
  private static final String IDEMPOTENCY_REPLAYED = "Idempotency-Replayed";
  private static final String LAST_EVENT_ID = "Last-Event-ID";
  private static final Duration LOOK_UP = Duration.ofSeconds(5);

  private final Submitter submitter;
  private final TaskRequestReader reader;
  private final BatchUpload batches;
  private final History history;
  private final TaskWatch watch;
  private final Revocations revocations;
  private final Masks masks;
  private final HttpConfig config;

  TasksResource(
      Submitter submitter,
      TaskRequestReader reader,
      BatchUpload batches,
      History history,
      TaskWatch watch,
      Revocations revocations,
      Masks masks,
      HttpConfig config) {
    this.submitter = submitter;
    this.reader = reader;
    this.batches = batches;
    this.history = history;
    this.watch = watch;
    this.revocations = revocations;
    this.masks = masks;
    this.config = config;
  }

  /** Submits a task. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      operationId = "submitTask",
      summary = "Submit a task",
      description =
          "Answers when the task is stored and the broker has confirmed it. From then on it can be"
              + " asked for under its id.")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = TaskSubmission.class),
              examples = {
                @ExampleObject(
                    name = "by position",
                    value = "{\"task\": \"demo.add\", \"args\": [1, 2]}"),
                @ExampleObject(
                    name = "by name, to a queue, with a time limit",
                    value =
                        "{\"task\": \"demo.echo\", \"kwargs\": {\"value\": \"hello\"}, \"queue\":"
                            + " \"default\", \"expires\": 60}")
              }))
  @APIResponse(
      responseCode = "202",
      description = "The task is accepted",
      headers =
          @Header(
              name = "Location",
              description = "Where to ask for it",
              schema = @Schema(type = SchemaType.STRING)),
      content = @Content(schema = @Schema(implementation = TaskAccepted.class)))
  @APIResponse(
      responseCode = "400",
      description = "A field is unknown, of the wrong type or out of its bounds",
      content =
          @Content(
              mediaType = Problem.MEDIA_TYPE,
              schema = @Schema(implementation = Problem.class)))
  @APIResponse(
      responseCode = "200",
      description = "Nothing was submitted: a task of the same unique_key has not ended, this one",
      content = @Content(schema = @Schema(implementation = TaskAccepted.class)))
  @APIResponse(
      responseCode = "409",
      description = "The id is used, or a request of the same Idempotency-Key is under way")
  @APIResponse(responseCode = "413", description = "The task is larger than tallo.http.max-task")
  @APIResponse(
      responseCode = "422",
      description =
          "The named queue is not there, or the Idempotency-Key belongs to another request")
  @APIResponse(
      responseCode = "429",
      description = "A queue that it goes to is full; see Retry-After")
  @APIResponse(
      responseCode = "503",
      description = "The broker or the store takes nothing now; see Retry-After")
  public Uni<Response> submit(
      @Parameter(hidden = true) @Context RoutingContext request,
      @Parameter(
              description =
                  "Makes the request safe to repeat: at most one task per key is submitted, for as"
                      + " long as its result is kept.",
              schema = @Schema(minLength = 1, maxLength = IdempotencyKey.MAX_LENGTH))
          @HeaderParam(IDEMPOTENCY_KEY)
          @Nullable String key) {
    return BoundedBody.of(request, config.maxTaskBytes())
        .flatMap(json -> Uni.createFrom().completionStage(submit(json, Optional.ofNullable(key))))
        .map(TasksResource::answer);
  }

  private CompletionStage<Submission> submit(byte[] json, Optional<String> key) {
    TaskRequest task = reader.read(json);
    return key.isPresent()
        ? submitter.submit(task, IdempotencyKey.of(key.get(), json))
        : submitter.submit(task);
  }

  private static Response answer(Submission submission) {
    return switch (submission) {
      case Submission.Accepted(String id, String task, boolean spooled) ->
          at(
              id,
              Response.accepted(
                  new TaskAccepted(id, State.PENDING.name(), task, null, spooled ? true : null)));
      case Submission.Replayed(String id, String task) ->
          at(
              id,
              Response.accepted(new TaskAccepted(id, State.PENDING.name(), task, null, null))
                  .header(IDEMPOTENCY_REPLAYED, true));
      case Submission.Duplicate(String id, String task, State state) ->
          at(id, Response.ok(new TaskAccepted(id, state.name(), task, true, null)));
      case Submission.Refused(SubmitException why) -> throw why;
    };
  }

  private static Response at(String id, Response.ResponseBuilder response) {
    return response.header(HttpHeaders.LOCATION, PATH + "/" + id).build();
  }

  /** Submits many tasks. */
  @POST
  @Path("batch")
  @Consumes({NDJSON, MediaType.APPLICATION_JSON})
  @Produces(NDJSON)
  @RunOnVirtualThread
  @Operation(
      operationId = "submitTasks",
      summary = "Submit many tasks",
      description =
          "Takes up to 100,000 tasks (tallo.http.max-batch), a JSON object per line or a JSON array"
              + " of them. They are submitted as they come in; the answer begins when the upload has"
              + " ended, a line per task in the same order: {\"id\", \"state\", \"task\"}, or"
              + " {\"error\": problem} with the line's number. A bad line does not sink the rest.")
  @RequestBody(
      required = true,
      content = {
        @Content(
            mediaType = NDJSON,
            schema = @Schema(implementation = TaskSubmission.class),
            examples =
                @ExampleObject(
                    name = "two tasks",
                    value =
                        "{\"task\": \"demo.add\", \"args\": [1, 2]}\n"
                            + "{\"task\": \"demo.add\", \"args\": [3, 4]}\n")),
        @Content(
            mediaType = MediaType.APPLICATION_JSON,
            schema = @Schema(type = SchemaType.ARRAY, implementation = TaskSubmission.class))
      })
  @APIResponse(
      responseCode = "200",
      description = "A line per task, in order",
      content = @Content(mediaType = NDJSON, schema = @Schema(implementation = TaskAccepted.class)))
  @APIResponse(
      responseCode = "503",
      description = "The broker or the store takes nothing now; see Retry-After")
  public Response submitBatch(
      @Parameter(hidden = true) @Context HttpHeaders headers, InputStream body) throws IOException {
    boolean lines = mediaType(headers).getSubtype().equals("x-ndjson");
    BatchAnswers answers =
        batches.take(body, lines ? BatchUpload.Format.NDJSON : BatchUpload.Format.ARRAY);
    StreamingOutput stream = answers::writeTo;
    return Response.ok(stream, NDJSON).build();
  }

  private static MediaType mediaType(HttpHeaders headers) {
    try {
      MediaType type = headers.getMediaType();
      if (type != null) {
        return type;
      }
    } catch (IllegalArgumentException e) {
      throw new NotSupportedException(e);
    }
    throw new NotSupportedException();
  }

  /** One task, now or when it has ended. */
  @GET
  @Path("{id}")
  @Operation(
      operationId = "getTask",
      summary = "Ask for a task",
      description = "With wait, answers as soon as the task has ended, or when the time is up.")
  @Parameter(
      name = "wait",
      in = ParameterIn.QUERY,
      description = "How long to wait for the end, at most PT60S (tallo.http.max-wait).",
      schema = @Schema(type = SchemaType.STRING, format = "duration"),
      example = "PT10S")
  @APIResponse(
      responseCode = "200",
      description = "What is known of the task",
      content = @Content(schema = @Schema(implementation = TaskView.class)))
  @APIResponse(
      responseCode = "404",
      description = "There is no such task",
      content =
          @Content(
              mediaType = Problem.MEDIA_TYPE,
              schema = @Schema(implementation = Problem.class)))
  public Uni<TaskView> get(
      @PathParam("id") String id, @Parameter(hidden = true) @Context UriInfo uri) {
    Optional<Duration> wait = TaskQuery.wait(uri.getQueryParameters(), config.maxWait());
    if (!Names.isTaskId(id)) {
      throw new UnknownTaskException(id);
    }
    Uni<Optional<StoredTask>> task =
        wait.filter(Duration::isPositive).isPresent()
            ? watch.end(id, wait.get())
            : history.find(id);
    return task.map(
        found ->
            found
                .map(one -> TaskView.of(one, masks))
                .orElseThrow(() -> new UnknownTaskException(id)));
  }

  /** Revokes a task. */
  @POST
  @Path("{id}/revoke")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      operationId = "revokeTask",
      summary = "Revoke a task",
      description =
          "It is not run, or not retried: the first worker that comes upon it ends it as REVOKED,"
              + " whenever that is. With terminate, an attempt that runs is interrupted. A task that"
              + " still waits for the broker ends at once.")
  @RequestBody(
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = RevokeRequest.class)))
  @APIResponse(
      responseCode = "202",
      description = "The broker has the command",
      content = @Content(schema = @Schema(implementation = TaskView.class)))
  @APIResponse(responseCode = "404", description = "There is no such task")
  @APIResponse(responseCode = "409", description = "The task has ended")
  @APIResponse(responseCode = "503", description = "The workers cannot be told now")
  public Uni<Response> revoke(
      @PathParam("id") String id, @Parameter(hidden = true) @Context RoutingContext request) {
    if (!Names.isTaskId(id)) {
      throw new UnknownTaskException(id);
    }
    return BoundedBody.of(request, BodyFields.MAX_BYTES)
        .flatMap(
            json -> {
              BodyFields fields = new BodyFields(json, Set.of("terminate"));
              boolean terminate = fields.flag("terminate");
              fields.throwErrors();
              return revocations.revoke(id, terminate);
            })
        .map(
            revoked ->
                switch (revoked) {
                  case Revocations.Revoked.Unknown ignored -> throw new UnknownTaskException(id);
                  case Revocations.Revoked.Ended(StoredTask task) ->
                      throw Problem.of(
                              "task-ended",
                              409,
                              "The task has ended",
                              "It is %s: there is nothing to revoke.".formatted(task.state()))
                          .withId(id)
                          .exception();
                  case Revocations.Revoked.Accepted(StoredTask task) ->
                      Response.accepted(TaskView.of(task, masks)).build();
                });
  }

  /** The form of a request for the OpenAPI description. */
  @Schema(name = "RevokeRequest")
  record RevokeRequest(
      @Schema(description = "Whether an attempt that runs is interrupted.", defaultValue = "false")
          @Nullable Boolean terminate) {}

  /** Runs a task again. */
  @POST
  @Path("{id}/retry")
  @Operation(
      operationId = "retryTask",
      summary = "Run a task again",
      description =
          "Submits a new task with the arguments, queue, priority, headers and limits of one that"
              + " has ended. It begins at once, and does not expire.")
  @APIResponse(
      responseCode = "202",
      description = "The new task is accepted",
      headers =
          @Header(
              name = "Location",
              description = "Where to ask for it",
              schema = @Schema(type = SchemaType.STRING)),
      content = @Content(schema = @Schema(implementation = TaskAccepted.class)))
  @APIResponse(responseCode = "404", description = "There is no such task")
  @APIResponse(responseCode = "409", description = "The task has not ended")
  @APIResponse(
      responseCode = "422",
      description = "Another client sent the task, and not all of it is known")
  public Uni<Response> retry(@PathParam("id") String id) {
    if (!Names.isTaskId(id)) {
      throw new UnknownTaskException(id);
    }
    return history
        .find(id)
        .flatMap(
            found -> {
              StoredTask task = found.orElseThrow(() -> new UnknownTaskException(id));
              if (!task.ended()) {
                throw Problem.of(
                        "task-not-ended",
                        409,
                        "The task has not ended",
                        "It is %s: revoke it, or wait for its end.".formatted(task.state()))
                    .withId(id)
                    .exception();
              }
              return Uni.createFrom().completionStage(() -> submitter.submitAgain(task));
            })
        .map(TasksResource::answer);
  }

  /** What happens to a task, as it happens. */
  @GET
  @Path("{id}/events")
  @Produces(MediaType.SERVER_SENT_EVENTS)
  @Blocking
  @RunOnVirtualThread
  @Operation(
      operationId = "watchTask",
      summary = "Follow a task",
      description =
          "Server-sent events: 'state' for each state that the task comes to, with the result or"
              + " the error in the last one, and 'progress' for what the task tells of itself; of"
              + " progress that comes fast, the latest. The stream ends with the task. A reader that"
              + " comes back with Last-Event-ID goes on where it was, on any replica.")
  @Parameter(
      name = LAST_EVENT_ID,
      in = ParameterIn.HEADER,
      description = "The id of the last event that was read; earlier ones are not sent again.",
      schema = @Schema(type = SchemaType.STRING))
  @APIResponse(
      responseCode = "200",
      description = "The events",
      content = @Content(mediaType = MediaType.SERVER_SENT_EVENTS))
  @APIResponse(responseCode = "404", description = "There is no such task")
  public Multi<OutboundSseEvent> events(
      @PathParam("id") String id,
      @Parameter(hidden = true) @Context HttpHeaders headers,
      @Parameter(hidden = true) @Context RoutingContext request,
      @Parameter(hidden = true) @Context Sse sse) {
    TaskChange.Place after =
        Optional.ofNullable(headers.getHeaderString(LAST_EVENT_ID))
            .map(TasksResource::place)
            .orElse(TaskChange.Place.START);
    // Asked before the stream begins, after which there could be no other answer.
    if (!Names.isTaskId(id) || history.find(id).await().atMost(LOOK_UP).isEmpty()) {
      throw new UnknownTaskException(id);
    }
    return watch
        .changes(id, after, () -> cut(request.request().connection()))
        .map(changes -> TaskEvents.of(changes, masks, sse))
        .onItem()
        .disjoint();
  }

  /** Closes a connection at once: its own close waits until what was written has been read. */
  private static void cut(HttpConnection connection) {
    if (connection instanceof ConnectionBase netty) {
      Channel channel = netty.channel();
      channel.eventLoop().execute(() -> channel.unsafe().close(channel.voidPromise()));
    } else {
      connection.close();
    }
  }

  private static TaskChange.Place place(String lastEventId) {
    return TaskChange.Place.parse(lastEventId)
        .orElseThrow(
            () ->
                TaskQuery.invalid(
                    List.of(
                        new FieldError(
                            LAST_EVENT_ID, "must be the id of an event of this stream"))));
  }

  /** Many tasks, newest first. */
  @GET
  @Operation(
      operationId = "listTasks",
      summary = "List tasks, newest first",
      description = "Ask for the next page with the cursor that the page before gives as next.")
  @Parameter(
      name = "task",
      in = ParameterIn.QUERY,
      description = "Exactly this name.",
      schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "state", in = ParameterIn.QUERY, schema = @Schema(implementation = State.class))
  @Parameter(
      name = "queue",
      in = ParameterIn.QUERY,
      description = "Exactly this queue.",
      schema = @Schema(type = SchemaType.STRING))
  @Parameter(
      name = "since",
      in = ParameterIn.QUERY,
      description = "Submitted then or later.",
      schema = @Schema(type = SchemaType.STRING, format = "date-time"))
  @Parameter(
      name = "until",
      in = ParameterIn.QUERY,
      description = "Submitted before.",
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
      content = @Content(schema = @Schema(implementation = TaskListView.class)))
  public Uni<TaskListView> list(@Parameter(hidden = true) @Context UriInfo uri) {
    return history
        .list(TaskQuery.filter(uri.getQueryParameters()))
        .map(page -> TaskListView.of(page, masks));
  }
}
