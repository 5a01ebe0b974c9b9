package dev.tallo.worker.execution;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.ResultCodec;
import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskException;
import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.TaskResult;
import dev.tallo.messaging.protocol.TimeLimits;
import dev.tallo.messaging.trace.TaskSpan;
import dev.tallo.worker.InvalidArguments;
import dev.tallo.worker.ResultTooLarge;
import dev.tallo.worker.RetryAfter;
import dev.tallo.worker.SoftTimeLimitExceeded;
import dev.tallo.worker.TimeLimitExceeded;
import dev.tallo.worker.UnsupportedCanvas;
import dev.tallo.worker.WorkerConfig;
import dev.tallo.worker.connection.NodeName;
import dev.tallo.worker.control.WorkerControl;
import dev.tallo.worker.registry.TaskRegistry;
import dev.tallo.worker.rule.RetryPolicy;
import dev.tallo.worker.rule.TaskRules;
import dev.tallo.worker.time.WorkerClock;
import io.opentelemetry.context.Scope;
import io.quarkus.arc.Arc;
import io.quarkus.arc.InjectableContext.ContextState;
import io.quarkus.arc.ManagedContext;
import io.smallrye.common.annotation.Identifier;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;
import org.jspecify.annotations.Nullable;

/**
 * Decides by a message whether its task runs now, calls the task's method, and makes the outcome of
 * what came of it. Knows nothing of the broker.
 *
 * <p>Threads: a task runs on the thread that calls {@link #run}; what it returns as a {@code Uni}
 * or {@code CompletionStage} is finished on the thread that completes it.
 */
@Singleton
public class TaskExecution {
  /** The MDC's key under which the log has the task's id. */
  static final String LOG_TASK_ID = "taskId";

  /** The MDC's key under which the log has the task's name. */
  static final String LOG_TASK_NAME = "taskName";

  private static final Logger LOG = Logger.getLogger("dev.tallo.worker");
  private static final String TALLO_PRODUCER = "tallo-producer@";

  /** Whether a task runs at the moment. */
  public sealed interface Decision {
    /** It does. */
    record Now(ExecutableTask task) implements Decision {}

    /** It is not due before this. */
    record NotBefore(Instant due) implements Decision {}

    /** Never: it was revoked, or its time is over. This is its outcome. */
    record Never(Conclusion.Ended ended, boolean expired) implements Decision {}

    /** This application has no such task. */
    record Unknown() implements Decision {}
  }

  /** What came of a run. */
  public sealed interface Conclusion {
    /**
     * The task has ended.
     *
     * @param outcome for the history and the client
     * @param encoded the same as {@link ResultCodec#encodeOutcome} writes it
     */
    record Ended(Outcome outcome, byte[] encoded) implements Conclusion {
      static Ended with(Outcome outcome) {
        return new Ended(outcome, ResultCodec.encodeOutcome(outcome));
      }
    }

    /**
     * It failed, and is to be tried again.
     *
     * @param outcome in state RETRY, for the history
     * @param encoded the same as {@link ResultCodec#encodeOutcome} writes it
     * @param at when
     */
    record Again(Outcome outcome, byte[] encoded, Instant at) implements Conclusion {}

    /** It was stopped by a shutdown: as if it had not been begun. */
    record GivenBack() implements Conclusion {}
  }

  private final String worker;
  private final long maxResult;
  private final Map<String, ExecutableTask> tasks;
  private final RunningTask running;
  private final TaskRules rules;
  private final WorkerControl control;
  private final Clock clock;
  private final TimeLimiter limiter = new TimeLimiter();
  private final RandomGenerator random = RandomGenerator.getDefault();

  TaskExecution(
      WorkerConfig config,
      TaskRegistry registry,
      ObjectMapper mapper,
      NodeName name,
      RunningTask running,
      TaskRules rules,
      WorkerControl control,
      @Identifier(WorkerClock.NAME) Clock clock) {
    worker = name.text();
    maxResult = config.maxResult().asLongValue();
    tasks =
        registry.tasks().stream()
            .map(definition -> ExecutableTask.of(definition, mapper))
            .collect(
                Collectors.toUnmodifiableMap(
                    task -> task.definition().name(), Function.identity()));
    this.running = running;
    this.rules = rules;
    this.control = control;
    this.clock = clock;
  }

  /** Whether this application has a task of this name. */
  boolean knows(String task) {
    return tasks.containsKey(task);
  }

  /** What is to be done with a task as its run begins. */
  public Decision decide(RunContext run) {
    TaskHeaders headers = run.message().headers();
    Instant now = run.started();
    if (control.state().revocation(headers.id()).isPresent()) {
      return new Decision.Never(revoked(run, Failures.REVOKED, Optional.empty()), false);
    }
    if (headers.expires().isPresent() && !now.isBefore(headers.expires().get().toInstant())) {
      return new Decision.Never(revoked(run, Failures.EXPIRED, Optional.empty()), true);
    }
    if (headers.eta().isPresent() && now.isBefore(headers.eta().get().toInstant())) {
      return new Decision.NotBefore(headers.eta().get().toInstant());
    }
    ExecutableTask task = tasks.get(headers.task());
    return task == null ? new Decision.Unknown() : new Decision.Now(task);
  }

  private Conclusion.Ended revoked(RunContext run, TaskException why, Optional<Instant> started) {
    return Conclusion.Ended.with(
        outcome(run, State.REVOKED, why.toJson(), Optional.empty(), started));
  }

  /** Attempts that go on although they were given up at their time limit. */
  public int abandoned() {
    return limiter.abandoned();
  }

  /**
   * Runs a task. Returns when its method has; the conclusion may come later, or earlier when the
   * attempt is given up at its time limit.
   *
   * @param begins called before the method is; not if the arguments do not fit it
   * @param conclusion completed once; fails only by a fault of the worker itself
   */
  public void run(
      ExecutableTask task,
      RunContext run,
      Runnable begins,
      CompletableFuture<Conclusion> conclusion) {
    TaskSpan span = TaskSpan.process(run.message().headers(), run.queue());
    run.trace(span);
    conclusion.whenComplete((concluded, fault) -> end(span, concluded, fault));
    if (!run.message().body().embed().isEmpty()) {
      conclusion.complete(
          notStarted(
              run,
              new UnsupportedCanvas(
                  ("task '%s' was not run: its message asks for callbacks, a chain or a chord,"
                          + " which this worker does not carry out")
                      .formatted(run.name()))));
      return;
    }
    @Nullable Object[] arguments;
    try {
      arguments = task.arguments().bind(run.message().body(), run);
    } catch (InvalidArguments e) {
      conclusion.complete(notStarted(run, e));
      return;
    }
    TimeLimits limits =
        rules.of(task.definition().name()).timeLimits(run.message().headers().timeLimits());
    run.limit(limits);
    begins.run();
    TimeLimiter.Watch watch =
        limiter.watch(limits, run.stop(), () -> conclusion.complete(overdue(run, limits)));
    switch (call(task, arguments, run)) {
      case Called.Threw(Throwable thrown) -> {
        if (watch.ended()) {
          conclusion.complete(failed(run, thrown));
        }
      }
      case Called.Returned(Object value) -> {
        if (watch.ended()) {
          conclusion.complete(returned(task, run, value));
        }
      }
      case Called.Promised(CompletionStage<?> promise, Runnable finished) -> {
        // A promise is no thread: cancelled, it leaves nothing behind that could be abandoned.
        watch.promised();
        promise.whenComplete(
            (value, thrown) -> {
              run.stop().disarm();
              finished.run();
              if (watch.ended()) {
                try {
                  conclusion.complete(
                      thrown == null ? returned(task, run, value) : failed(run, thrown));
                } catch (RuntimeException | Error e) {
                  conclusion.completeExceptionally(e);
                }
              }
            });
        run.stop().arm(() -> promise.toCompletableFuture().cancel(true));
      }
    }
  }

  private static void end(
      TaskSpan span, @Nullable Conclusion concluded, @Nullable Throwable fault) {
    switch (concluded) {
      case null ->
          span.fail(fault == null ? "unknown" : Failures.cause(fault).getClass().getName());
      case Conclusion.Ended(Outcome outcome, var ignored) -> end(span, outcome.result());
      case Conclusion.Again(Outcome outcome, var ignored, var at) -> end(span, outcome.result());
      case Conclusion.GivenBack() -> span.fail("shutdown");
    }
  }

  private static void end(TaskSpan span, TaskResult result) {
    span.end(result.state().name(), result.exception().map(TaskException::type).orElse(null));
  }

  private Conclusion overdue(RunContext run, TimeLimits limits) {
    return failedForGood(
        run,
        new TimeLimitExceeded(
            "task '%s' was given up after its time limit of %s"
                .formatted(run.name(), limits.hard().orElseThrow())),
        Optional.of(run.started()));
  }

  private Conclusion notStarted(RunContext run, RuntimeException why) {
    return failedForGood(run, why, Optional.empty());
  }

  /** What came of calling a task's method. */
  private sealed interface Called {
    record Returned(@Nullable Object value) implements Called {}

    record Threw(Throwable thrown) implements Called {}

    /** The result comes later; {@code finished} is to be called first then. */
    record Promised(CompletionStage<?> promise, Runnable finished) implements Called {}
  }

  /** Calls the method with the task's id and name in the log and a request context of its own. */
  private Called call(ExecutableTask task, @Nullable Object[] arguments, RunContext run) {
    MDC.put(LOG_TASK_ID, run.id());
    MDC.put(LOG_TASK_NAME, run.name());
    ManagedContext requests = Arc.container().requestContext();
    ContextState request = requests.activate();
    boolean promised = false;
    Thread thread = Thread.currentThread();
    try (Scope _ = run.span().activate()) {
      running.begin(run);
      run.stop().arm(thread::interrupt);
      @Nullable Object returned = task.invoker().invoke(null, arguments);
      Called called =
          switch (task.definition().returning()) {
            case VALUE -> new Called.Returned(returned);
            case UNI ->
                new Called.Promised(
                    ((Uni<?>) Objects.requireNonNull(returned, "the task returned no Uni"))
                        .subscribeAsCompletionStage(),
                    () -> requests.destroy(request));
            case COMPLETION_STAGE ->
                new Called.Promised(
                    (CompletionStage<?>)
                        Objects.requireNonNull(returned, "the task returned no CompletionStage"),
                    () -> requests.destroy(request));
          };
      promised = called instanceof Called.Promised;
      return called;
    } catch (Throwable thrown) {
      return new Called.Threw(thrown);
    } finally {
      run.stop().disarm();
      // What comes after the task is not meant to be interrupted any more.
      Thread.interrupted();
      if (promised) {
        requests.deactivate();
      } else {
        requests.terminate();
      }
      MDC.remove(LOG_TASK_NAME);
      MDC.remove(LOG_TASK_ID);
    }
  }

  private Conclusion returned(ExecutableTask task, RunContext run, @Nullable Object value) {
    boolean ignored = run.message().headers().ignoreResult();
    try {
      JsonNode result = ignored ? NullNode.instance : task.results().write(value);
      Conclusion.Ended ended =
          Conclusion.Ended.with(
              outcome(run, State.SUCCESS, result, Optional.empty(), Optional.of(run.started())));
      if (ended.encoded().length > maxResult) {
        requireSmall(result, run);
      }
      return ended;
    } catch (RuntimeException e) {
      return failed(run, e);
    }
  }

  private void requireSmall(JsonNode result, RunContext run) {
    int size;
    try {
      size = CeleryJson.MAPPER.writeValueAsBytes(result).length;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of JSON could not be written", e);
    }
    if (size > maxResult) {
      throw new ResultTooLarge(
          ("the result of task '%s' has %,d bytes, more than tallo.worker.max-result (%,d): keep"
                  + " it in a store and return its address")
              .formatted(run.name(), size, maxResult));
    }
  }

  private Conclusion failed(RunContext run, Throwable thrown) {
    Throwable cause = Failures.cause(thrown);
    Optional<StopSwitch.Reason> stopped =
        run.stop().reason().filter(reason -> StopSwitch.isMadeByStopping(cause));
    return switch (stopped.orElse(null)) {
      case SHUTDOWN -> new Conclusion.GivenBack();
      case REVOKED -> revoked(run, Failures.TERMINATED, Optional.of(run.started()));
      case SOFT_TIME_LIMIT ->
          failedOnce(
              run,
              new SoftTimeLimitExceeded(
                  "task '%s' was interrupted at its soft time limit".formatted(run.name()), cause));
      case TIME_LIMIT -> throw new IllegalStateException("concluded before", cause);
      case null -> failedOnce(run, cause);
    };
  }

  /** It failed; whether for good, its rule and its sender say. */
  private Conclusion failedOnce(RunContext run, Throwable cause) {
    TaskHeaders headers = run.message().headers();
    RetryPolicy policy = rules.of(headers.task()).retry().with(RetryOptions.of(headers.custom()));
    Optional<Duration> pause = policy.pause(cause, headers.retries(), random);
    if (pause.isEmpty()) {
      Throwable told =
          cause instanceof RetryAfter && cause.getCause() != null ? cause.getCause() : cause;
      return failedForGood(run, told, Optional.of(run.started()));
    }
    if (control.state().revocation(run.id()).isPresent()) {
      return revoked(run, Failures.REVOKED, Optional.of(run.started()));
    }
    LOG.debugf(cause, "task %s (%s) failed and is retried", run.name(), run.id());
    Instant at = clock.instant().plus(pause.get());
    Outcome outcome =
        failure(run, State.RETRY, cause, Optional.of(run.started()))
            .nextAttempt(at.atOffset(ZoneOffset.UTC));
    return new Conclusion.Again(outcome, ResultCodec.encodeOutcome(outcome), at);
  }

  private Conclusion failedForGood(RunContext run, Throwable cause, Optional<Instant> started) {
    LOG.debugf(cause, "task %s (%s) failed", run.name(), run.id());
    return Conclusion.Ended.with(failure(run, State.FAILURE, cause, started));
  }

  private Outcome failure(RunContext run, State state, Throwable cause, Optional<Instant> started) {
    return outcome(
        run, state, Failures.describe(cause).toJson(), Failures.traceback(cause), started);
  }

  /** What became of a task, with all that the history keeps. */
  Outcome outcome(
      RunContext run,
      State state,
      JsonNode result,
      Optional<String> traceback,
      Optional<Instant> started) {
    TaskMessage message = run.message();
    TaskHeaders headers = message.headers();
    boolean told =
        headers.origin().isPresent() && headers.origin().get().startsWith(TALLO_PRODUCER);
    return new Outcome(
        new TaskResult(
            message.id(),
            state,
            result,
            traceback,
            List.of(),
            Optional.of(clock.instant().atOffset(ZoneOffset.UTC)),
            new TaskResult.Extended(
                Optional.of(headers.task()),
                Optional.of(worker),
                OptionalInt.of(headers.retries()),
                Optional.of(run.queue()),
                headers.group(),
                headers.parentId(),
                headers.rootId())),
        told ? Optional.empty() : Optional.of(message.body().args()),
        told ? Optional.empty() : Optional.of(message.body().kwargs()),
        Optional.of(run.received().atOffset(ZoneOffset.UTC)),
        started.map(at -> at.atOffset(ZoneOffset.UTC)),
        headers.ignoreResult(),
        Optional.empty(),
        run.span().traceparent());
  }
}
