package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A task on its way to a worker.
 *
 * @param headers what can be read without the body
 * @param body the arguments, and what follows
 * @param replyTo the queue that the result goes to; none: nobody waits
 * @param priority 0 to 255, higher first; RabbitMQ's quorum queues count a missing one as {@link
 *     #DEFAULT_PRIORITY}
 */
public record TaskMessage(
    TaskHeaders headers, TaskBody body, Optional<String> replyTo, int priority) {

  /** What RabbitMQ's quorum queues take for normal. */
  public static final int DEFAULT_PRIORITY = 4;

  public TaskMessage {
    if (priority < 0 || priority > 255) {
      throw new IllegalArgumentException("priority must be 0 to 255, but is " + priority + ".");
    }
  }

  /** Starts a task that was written by Java, without arguments, to be run at once. */
  public static Builder builder(String id, String task) {
    return new Builder(id, task);
  }

  /** Starts from this task: the next attempt of a retry, say. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  public String id() {
    return headers.id();
  }

  public String task() {
    return headers.task();
  }

  /** Collects what a task has; every setter may be left out. For one thread. */
  public static final class Builder {
    private final String id;
    private final String task;
    private ArrayNode args;
    private ObjectNode kwargs;
    private Embed embed = Embed.NONE;
    private Optional<String> replyTo = Optional.empty();
    private int priority = DEFAULT_PRIORITY;
    private Optional<String> shadow = Optional.empty();
    private Optional<OffsetDateTime> eta = Optional.empty();
    private Optional<OffsetDateTime> expires = Optional.empty();
    private Optional<String> group = Optional.empty();
    private OptionalInt groupIndex = OptionalInt.empty();
    private int retries;
    private TimeLimits timeLimits = TimeLimits.NONE;
    private Optional<String> rootId = Optional.empty();
    private Optional<String> parentId = Optional.empty();
    private @Nullable String argsRepr;
    private @Nullable String kwargsRepr;
    private Optional<String> origin = Optional.empty();
    private boolean ignoreResult;
    private int replacedTaskNesting;
    private List<String> stampedHeaders = List.of();
    private Map<String, @Nullable Object> stamps = Map.of();
    private Map<String, @Nullable Object> custom = Map.of();

    private Builder(String id, String task) {
      this.id = Objects.requireNonNull(id, "id");
      this.task = Objects.requireNonNull(task, "task");
      this.args = JsonNodeFactory.instance.arrayNode();
      this.kwargs = JsonNodeFactory.instance.objectNode();
    }

    private Builder(TaskMessage from) {
      TaskHeaders headers = from.headers;
      id = headers.id();
      task = headers.task();
      args = from.body.args();
      kwargs = from.body.kwargs();
      embed = from.body.embed();
      replyTo = from.replyTo;
      priority = from.priority;
      shadow = headers.shadow();
      eta = headers.eta();
      expires = headers.expires();
      group = headers.group();
      groupIndex = headers.groupIndex();
      retries = headers.retries();
      timeLimits = headers.timeLimits();
      rootId = headers.rootId();
      parentId = headers.parentId();
      argsRepr = headers.argsRepr();
      kwargsRepr = headers.kwargsRepr();
      origin = headers.origin();
      ignoreResult = headers.ignoreResult();
      replacedTaskNesting = headers.replacedTaskNesting();
      stampedHeaders = headers.stampedHeaders();
      stamps = headers.stamps();
      custom = headers.custom();
    }

    /** Positional arguments; none by default. Not copied. */
    public Builder args(ArrayNode args) {
      this.args = Objects.requireNonNull(args, "args");
      argsRepr = null;
      return this;
    }

    /** Arguments by name; none by default. Not copied. */
    public Builder kwargs(ObjectNode kwargs) {
      this.kwargs = Objects.requireNonNull(kwargs, "kwargs");
      kwargsRepr = null;
      return this;
    }

    /** What follows the task; nothing by default. */
    public Builder embed(Embed embed) {
      this.embed = Objects.requireNonNull(embed, "embed");
      return this;
    }

    /** The queue that the result goes to; none by default. */
    public Builder replyTo(String replyTo) {
      this.replyTo = Optional.of(replyTo);
      return this;
    }

    /** 0 to 255, higher first; {@link TaskMessage#DEFAULT_PRIORITY} by default. */
    public Builder priority(int priority) {
      this.priority = priority;
      return this;
    }

    /** A name to show instead of the task's. */
    public Builder shadow(String shadow) {
      this.shadow = Optional.of(shadow);
      return this;
    }

    /** Not before; at once by default. */
    public Builder eta(OffsetDateTime eta) {
      this.eta = Optional.of(eta);
      return this;
    }

    /** At once. */
    public Builder withoutEta() {
      eta = Optional.empty();
      return this;
    }

    /** Not after; for ever by default. */
    public Builder expires(OffsetDateTime expires) {
      this.expires = Optional.of(expires);
      return this;
    }

    /**
     * What is shown of the arguments by position, to people and in events; by default all of them,
     * as {@link PythonRepr#args}. Set the arguments first.
     */
    public Builder argsRepr(String argsRepr) {
      this.argsRepr = argsRepr;
      return this;
    }

    /** What is shown of the arguments by name, likewise. */
    public Builder kwargsRepr(String kwargsRepr) {
      this.kwargsRepr = kwargsRepr;
      return this;
    }

    /** The group that it is a part of, and its place there, from 0. */
    public Builder group(String group, int index) {
      this.group = Optional.of(group);
      this.groupIndex = OptionalInt.of(index);
      return this;
    }

    /** How many attempts went before; 0 by default. */
    public Builder retries(int retries) {
      this.retries = retries;
      return this;
    }

    /** How long an attempt may run; for ever by default. */
    public Builder timeLimits(TimeLimits timeLimits) {
      this.timeLimits = Objects.requireNonNull(timeLimits, "timeLimits");
      return this;
    }

    /** The first task of the tree; the task itself by default. */
    public Builder rootId(String rootId) {
      this.rootId = Optional.of(rootId);
      return this;
    }

    /** The task that sent this one; none by default. */
    public Builder parentId(String parentId) {
      this.parentId = Optional.of(parentId);
      return this;
    }

    /** Who sends it: {@code <product>-<service>@<host>}; none by default. */
    public Builder origin(String origin) {
      this.origin = Optional.of(origin);
      return this;
    }

    /** When it is sent, so that a worker can tell how long it waited; not told by default. */
    public Builder sentAt(Instant time) {
      return header(TaskHeaders.SENT_AT, time.toEpochMilli());
    }

    /** Whether nobody wants the result; false by default. */
    public Builder ignoreResult(boolean ignoreResult) {
      this.ignoreResult = ignoreResult;
      return this;
    }

    /** How often the task replaced itself by another; 0 by default. */
    public Builder replacedTaskNesting(int replacedTaskNesting) {
      this.replacedTaskNesting = replacedTaskNesting;
      return this;
    }

    /** Celery's stamps, and the names of those that are handed on. */
    public Builder stamps(List<String> names, Map<String, @Nullable Object> stamps) {
      this.stampedHeaders = List.copyOf(names);
      this.stamps = HeaderValues.normalized(stamps);
      return this;
    }

    /**
     * A header of the sender's own.
     *
     * @param value text, a truth value, a number, a list or map of such, or null; see {@link
     *     TaskCodec#encode} for how numbers travel
     * @throws IllegalArgumentException if Celery or the broker uses the name itself, if it is
     *     longer than 255 bytes, or if the value is of another type
     */
    public Builder header(String name, @Nullable Object value) {
      HeaderValues.requireCustomName(name);
      Object normalized = HeaderValues.normalized(name, value);
      if (!(custom instanceof LinkedHashMap)) {
        custom = new LinkedHashMap<>(custom);
      }
      custom.put(name, normalized);
      return this;
    }

    /** Without a header of the sender's own; no error if there is none. */
    public Builder withoutHeader(String name) {
      if (custom.containsKey(name)) {
        custom = new LinkedHashMap<>(custom);
        custom.remove(name);
      }
      return this;
    }

    /** Every header of the sender's own, as {@link #header}. */
    public Builder headers(Map<String, @Nullable Object> headers) {
      headers.forEach(this::header);
      return this;
    }

    /**
     * The task.
     *
     * @throws IllegalArgumentException if something is out of its bounds
     */
    public TaskMessage build() {
      TaskHeaders headers =
          new TaskHeaders(
              "java",
              task,
              id,
              shadow,
              eta,
              expires,
              group,
              groupIndex,
              retries,
              timeLimits,
              rootId.isPresent() ? rootId : Optional.of(id),
              parentId,
              argsRepr == null ? PythonRepr.args(args) : argsRepr,
              kwargsRepr == null ? PythonRepr.kwargs(kwargs) : kwargsRepr,
              origin,
              ignoreResult,
              replacedTaskNesting,
              stampedHeaders,
              stamps,
              custom);
      return new TaskMessage(headers, new TaskBody(args, kwargs, embed), replyTo, priority);
    }
  }
}
