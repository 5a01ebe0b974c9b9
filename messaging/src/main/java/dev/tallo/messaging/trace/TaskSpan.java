package dev.tallo.messaging.trace;

import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.messaging.protocol.TaskResult;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A part of a task's way, as a span of the trace that the task was sent in: it is sent, routed,
 * run, its outcome is stored. No trace begins here but that of a schedule's task: what is not sent
 * within a span that is sampled has none, and costs nothing. Where no OpenTelemetry is set up, a
 * span only hands on the context that it got.
 *
 * <p>The context travels in two headers of the task (W3C Trace Context), where Celery's
 * instrumentation has it too. All attempts have the span of the sending as their parent, and the
 * one that an outcome is of is the parent of its storing. Names and attributes are those of
 * OpenTelemetry's semantic conventions for messaging; arguments and results are in none.
 *
 * <p>For any thread; a span is ended once.
 */
public final class TaskSpan {
  /** The header with the trace and the span that caused this. */
  public static final String TRACEPARENT = "traceparent";

  /** The header with what tracing systems add. */
  public static final String TRACESTATE = "tracestate";

  /** The headers that carry the context. */
  public static final Set<String> HEADERS = Set.of(TRACEPARENT, TRACESTATE);

  private static final TaskSpan NONE = new TaskSpan(Context.root());
  private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();
  private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
  private static final AttributeKey<String> OPERATION =
      AttributeKey.stringKey("messaging.operation.name");
  private static final AttributeKey<String> OPERATION_TYPE =
      AttributeKey.stringKey("messaging.operation.type");
  private static final AttributeKey<String> DESTINATION =
      AttributeKey.stringKey("messaging.destination.name");
  private static final AttributeKey<String> MESSAGE_ID =
      AttributeKey.stringKey("messaging.message.id");
  private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
  private static final AttributeKey<String> TASK = AttributeKey.stringKey("tallo.task.name");
  private static final AttributeKey<Long> RETRIES = AttributeKey.longKey("tallo.task.retries");
  private static final AttributeKey<String> STATE = AttributeKey.stringKey("tallo.task.state");
  private static final AttributeKey<String> SCHEDULE =
      AttributeKey.stringKey("tallo.schedule.name");

  private final Context context;
  private final Span span;

  private TaskSpan(Context context) {
    this.context = context;
    span = Span.fromContext(context);
  }

  private static TaskSpan start(SpanBuilder builder, Context parent) {
    return new TaskSpan(parent.with(builder.setParent(parent).startSpan()));
  }

  private static boolean sampled(Context context) {
    return Span.fromContext(context).getSpanContext().isSampled();
  }

  /** A schedule's task is due: a trace begins, which its sending is a part of. */
  public static TaskSpan fire(String task, String schedule, String id) {
    return start(
        builder("fire", "create", SpanKind.INTERNAL, task)
            .setAttribute(SCHEDULE, schedule)
            .setAttribute(MESSAGE_ID, id),
        Context.root());
  }

  /**
   * A client sends a task; part of the trace that the caller is in, if any.
   *
   * @param destination a queue, or the exchange where the routing decides
   */
  public static TaskSpan send(String task, String destination) {
    Context current = Context.current();
    return sampled(current)
        ? start(
            builder("send", "send", SpanKind.PRODUCER, task).setAttribute(DESTINATION, destination),
            current)
        : NONE;
  }

  /** The routing service takes a task to its queue. */
  public static TaskSpan route(TaskHeaders headers, String from) {
    TaskSpan sent = of(headers);
    if (!sampled(sent.context)) {
      return sent;
    }
    return start(
        builder("route", "receive", SpanKind.CONSUMER, headers.task())
            .setAttribute(DESTINATION, from)
            .setAttribute(MESSAGE_ID, headers.id()),
        sent.context);
  }

  /** A worker runs an attempt. */
  public static TaskSpan process(TaskHeaders headers, String queue) {
    TaskSpan sent = of(headers);
    if (!sampled(sent.context)) {
      return sent;
    }
    return start(
        builder("process", "process", SpanKind.CONSUMER, headers.task())
            .setAttribute(DESTINATION, queue)
            .setAttribute(MESSAGE_ID, headers.id())
            .setAttribute(RETRIES, (long) headers.retries()),
        sent.context);
  }

  /** An outcome that came with a context is written to the history. */
  public static TaskSpan store(Outcome outcome) {
    TaskResult result = outcome.result();
    Context attempt =
        outcome
            .traceparent()
            .map(parent -> extract(Map.of(TRACEPARENT, parent)))
            .orElse(Context.root());
    if (!sampled(attempt)) {
      return NONE;
    }
    return start(
        builder("store", "settle", SpanKind.INTERNAL, result.extended().name().orElse("unknown"))
            .setAttribute(MESSAGE_ID, result.taskId())
            .setAttribute(STATE, result.state().name()),
        attempt);
  }

  /** What a task brought along, as it is: no span of this process. */
  public static TaskSpan of(TaskHeaders headers) {
    return headers.custom().containsKey(TRACEPARENT)
        ? new TaskSpan(extract(headers.custom()))
        : NONE;
  }

  private static SpanBuilder builder(String operation, String type, SpanKind kind, String task) {
    return GlobalOpenTelemetry.getTracer("dev.tallo")
        .spanBuilder(operation + " " + task)
        .setSpanKind(kind)
        .setAttribute(SYSTEM, "rabbitmq")
        .setAttribute(OPERATION, operation)
        .setAttribute(OPERATION_TYPE, type)
        .setAttribute(TASK, task);
  }

  private static Context extract(Map<String, ? extends @Nullable Object> headers) {
    return W3C.extract(Context.root(), headers, Texts.INSTANCE);
  }

  /** The headers that hand the context on; none where there is no trace. */
  public Map<String, String> headers() {
    if (!span.getSpanContext().isValid()) {
      return Map.of();
    }
    Map<String, String> headers = new LinkedHashMap<>();
    W3C.inject(context, headers, (carrier, key, value) -> headers.put(key, value));
    return headers;
  }

  /** The header of that name that hands the context on. */
  public Optional<String> traceparent() {
    return Optional.ofNullable(headers().get(TRACEPARENT));
  }

  /** The task's id, where that was not known at the beginning. */
  public TaskSpan id(String id) {
    span.setAttribute(MESSAGE_ID, id);
    return this;
  }

  /** Makes it the current span of this thread, until the scope is closed. */
  public Scope activate() {
    return span.getSpanContext().isValid() ? context.makeCurrent() : Scope.noop();
  }

  /** It went well. */
  public void end() {
    span.end();
  }

  /** It ended in this state of the task, with an error of this type if there was one. */
  public void end(String state, @Nullable String errorType) {
    span.setAttribute(STATE, state);
    if (errorType != null) {
      fail(errorType);
    } else {
      span.end();
    }
  }

  /** It failed. Messages of errors may hold arguments, so only the type is told. */
  public void fail(String errorType) {
    span.setAttribute(ERROR_TYPE, errorType).setStatus(StatusCode.ERROR);
    span.end();
  }

  /** Reads headers; what is no text counts as missing. */
  private static final class Texts implements TextMapGetter<Map<String, ?>> {
    private static final Texts INSTANCE = new Texts();

    @Override
    public Iterable<String> keys(Map<String, ?> headers) {
      return headers.keySet();
    }

    @Override
    public @Nullable String get(@Nullable Map<String, ?> headers, String key) {
      return headers != null && headers.get(key) instanceof String text ? text : null;
    }
  }
}
