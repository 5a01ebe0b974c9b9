package dev.tallo.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.f4b6a3.uuid.UuidCreator;
import dev.tallo.messaging.broker.Delay;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.TimeLimits;
import dev.tallo.messaging.trace.TaskSpan;
import io.smallrye.mutiny.Uni;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A task to be sent. Every setter may be left out; each refuses what is out of its bounds with an
 * {@link IllegalArgumentException} that names it. Not for several threads, and sent once.
 *
 * @param <T> what the task returns
 */
public final class TaskCall<T extends @Nullable Object> {
  private final TalloClient client;
  private final TaskType<T> type;
  private final ObjectMapper mapper;
  private final Clock clock;
  private final ArrayNode args;
  private final ObjectNode kwargs;
  private final Map<String, Object> headers = new LinkedHashMap<>();
  private String id = UuidCreator.getTimeOrderedEpoch().toString();
  private Optional<String> queue = Optional.empty();
  private int priority = TaskMessage.DEFAULT_PRIORITY;
  private Optional<Instant> eta = Optional.empty();
  private Optional<Instant> expires = Optional.empty();
  private Optional<Duration> timeLimit = Optional.empty();
  private Optional<Duration> softTimeLimit = Optional.empty();
  private RetryOptions retry = RetryOptions.NONE;
  private Optional<String> rootId = Optional.empty();
  private Optional<String> parentId = Optional.empty();
  private boolean ignoreResult;
  private boolean toHistory;

  TaskCall(TalloClient client, TaskType<T> type, ObjectMapper mapper, Clock clock) {
    this.client = client;
    this.type = type;
    this.mapper = mapper;
    this.clock = clock;
    args = mapper.createArrayNode();
    kwargs = mapper.createObjectNode();
  }

  /** More arguments by position: whatever Jackson can write. */
  public TaskCall<T> args(@Nullable Object... values) {
    for (Object value : values) {
      args.add(mapper.<JsonNode>valueToTree(value));
    }
    return this;
  }

  /** An argument by name: whatever Jackson can write. */
  public TaskCall<T> kwarg(String name, @Nullable Object value) {
    kwargs.set(name, mapper.<JsonNode>valueToTree(value));
    return this;
  }

  /** A queue by name, past the routing rules. */
  public TaskCall<T> queue(String name) {
    require(
        Names.isQueueName(name) && !name.startsWith(Topology.RESERVED_PREFIX),
        "queue: 1 to %d of the characters A-Z a-z 0-9 _ . : -, not beginning with %s"
            .formatted(Names.MAX_QUEUE_NAME, Topology.RESERVED_PREFIX));
    queue = Optional.of(name);
    return this;
  }

  /** 0 to 255, higher first; 4 unless told otherwise. */
  public TaskCall<T> priority(int value) {
    require(value >= 0 && value <= 255, "priority: 0 to 255, not " + value);
    priority = value;
    return this;
  }

  /** Not to be begun before this time is over; at most {@link Delay#MAX}. */
  public TaskCall<T> countdown(Duration delay) {
    require(
        !delay.isNegative() && delay.compareTo(Delay.MAX) <= 0,
        "countdown: 0 to " + Delay.MAX + ", not " + delay);
    return due("countdown", clock.instant().plus(delay));
  }

  /** Not to be begun before; at most {@link Delay#MAX} from now. A time that has passed is now. */
  public TaskCall<T> eta(Instant time) {
    return due("eta", time);
  }

  private TaskCall<T> due(String field, Instant time) {
    require(eta.isEmpty(), field + ": countdown or eta was given already");
    require(
        !time.isAfter(clock.instant().plus(Delay.MAX)),
        field + ": at most " + Delay.MAX + " from now");
    eta = Optional.of(time);
    return this;
  }

  /** Not to be begun after. */
  public TaskCall<T> expires(Instant time) {
    require(time.isAfter(clock.instant()), "expires: must lie in the future");
    expires = Optional.of(time);
    return this;
  }

  /** When an attempt is stopped. */
  public TaskCall<T> timeLimit(Duration limit) {
    require(limit.isPositive(), "timeLimit: must be positive");
    timeLimit = Optional.of(limit);
    return this;
  }

  /** When an attempt is told that its time is up; shorter than the time limit. */
  public TaskCall<T> softTimeLimit(Duration limit) {
    require(limit.isPositive(), "softTimeLimit: must be positive");
    softTimeLimit = Optional.of(limit);
    return this;
  }

  /** How it is to be retried; what is left out, the worker decides. */
  public TaskCall<T> retry(RetryOptions options) {
    require(
        options.retryOn().stream().noneMatch(options.giveUpOn()::contains),
        "retry: giveUpOn names an exception that retryOn names");
    retry = options;
    return this;
  }

  /** A header of the sender's own; see {@link TaskMessage.Builder#header}. */
  public TaskCall<T> header(String name, Object value) {
    headers.put(name, value);
    return this;
  }

  /** An id of the sender's own: 1 to 155 of {@code A-Z a-z 0-9 _ . : -}; else a UUID is made. */
  public TaskCall<T> id(String value) {
    require(Names.isTaskId(value), "id: 1 to 155 of the characters A-Z a-z 0-9 _ . : -");
    id = value;
    return this;
  }

  /** The task that this one is sent by, and the first of the tree that both belong to. */
  public TaskCall<T> parent(String parent, String root) {
    require(Names.isTaskId(parent) && Names.isTaskId(root), "parent: ids of tasks");
    parentId = Optional.of(parent);
    rootId = Optional.of(root);
    return this;
  }

  /** Nobody wants the result; that the task has ended is in the history all the same. */
  public TaskCall<T> ignoreResult() {
    ignoreResult = true;
    return this;
  }

  /** The result goes to the history alone: it cannot be waited for here. */
  public TaskCall<T> toHistory() {
    toHistory = true;
    return this;
  }

  /**
   * Sends the task; completes when the broker has it. Fails with a {@link
   * dev.tallo.messaging.broker.PublishException} that says whether the broker may have it
   * nevertheless.
   */
  public Uni<SentTask<T>> send() {
    return Uni.createFrom().deferred(() -> client.send(this));
  }

  /** Sends the task and waits for what becomes of it, at most this long: see {@link SentTask}. */
  public Uni<TaskResult<T>> run(Duration atMost) {
    return send().flatMap(sent -> sent.result(atMost));
  }

  /**
   * {@link #send} and {@link SentTask#await} for threads that may block.
   *
   * @param atMost for both together
   */
  public TaskResult<T> runAndAwait(Duration atMost) {
    long began = System.nanoTime();
    SentTask<T> sent =
        send()
            .ifNoItem()
            .after(atMost)
            .failWith(
                () -> new ResultUnknownException(id, "the broker has not confirmed it in time"))
            .await()
            .indefinitely();
    Duration left = atMost.minusNanos(System.nanoTime() - began);
    return sent.await(left.isPositive() ? left : Duration.ZERO);
  }

  String id() {
    return id;
  }

  TaskType<T> type() {
    return type;
  }

  Optional<String> queue() {
    return queue;
  }

  Optional<Instant> eta() {
    return eta;
  }

  /** Whether its result comes back to this client. */
  boolean awaitable() {
    return !ignoreResult && !toHistory;
  }

  TaskMessage message(String replyTo, String origin, Map<String, String> trace) {
    require(
        timeLimit.isEmpty()
            || softTimeLimit.filter(soft -> soft.compareTo(timeLimit.get()) >= 0).isEmpty(),
        "softTimeLimit: must be shorter than timeLimit");
    require(
        eta.isEmpty() || expires.filter(end -> !end.isAfter(eta.get())).isEmpty(),
        "expires: must lie after the time at which the task is due");
    TaskMessage.Builder message =
        TaskMessage.builder(id, type.name())
            .args(args)
            .kwargs(kwargs)
            .priority(priority)
            .replyTo(replyTo)
            .ignoreResult(ignoreResult)
            .origin(origin)
            .sentAt(clock.instant());
    eta.map(time -> time.atOffset(ZoneOffset.UTC)).ifPresent(message::eta);
    expires.map(time -> time.atOffset(ZoneOffset.UTC)).ifPresent(message::expires);
    if (timeLimit.isPresent() || softTimeLimit.isPresent()) {
      message.timeLimits(new TimeLimits(timeLimit, softTimeLimit));
    }
    rootId.ifPresent(message::rootId);
    parentId.ifPresent(message::parentId);
    retry.headers().forEach(message::header);
    if (!headers.containsKey(TaskSpan.TRACEPARENT)) {
      trace.forEach(message::header);
    }
    headers.forEach(message::header);
    return message.build();
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
