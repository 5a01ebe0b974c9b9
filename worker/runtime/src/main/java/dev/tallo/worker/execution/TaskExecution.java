package dev.tallo.worker.execution;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.ResultCodec;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.TaskResult;
import dev.tallo.worker.InvalidArguments;
import dev.tallo.worker.ResultTooLarge;
import dev.tallo.worker.UnsupportedCanvas;
import dev.tallo.worker.WorkerConfig;
import dev.tallo.worker.connection.NodeName;
import dev.tallo.worker.registry.TaskRegistry;
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

  private static final Logger LOG = Logger.getLogger("dev.tallo.worker");
  private static final String TALLO_PRODUCER = "tallo-producer@";

  /** Whether a task runs at the moment. */
  public sealed interface Decision {
    /** It does. */
    record Now(ExecutableTask task) implements Decision {}

    /** It is not due for so long. */
    record NotBefore(Duration delay) implements Decision {}

    /** Its time is over: this is its outcome. */
    record Expired(Ended ended) implements Decision {}

    /** This application has no such task. */
    record Unknown() implements Decision {}
  }

  /**
   * What came of a run.
   *
   * @param outcome for the history and the client
   * @param encoded the same as {@link ResultCodec#encodeOutcome} writes it
   */
  public record Ended(Outcome outcome, byte[] encoded) {
    static Ended with(Outcome outcome) {
      return new Ended(outcome, ResultCodec.encodeOutcome(outcome));
    }
  }

  private final String worker;
  private final long maxResult;
  private final Map<String, ExecutableTask> tasks;
  private final RunningTask running;
  private final Clock clock;

  TaskExecution(
      WorkerConfig config,
      TaskRegistry registry,
      ObjectMapper mapper,
      NodeName name,
      RunningTask running,
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
    if (headers.expires().isPresent() && !now.isBefore(headers.expires().get().toInstant())) {
      return new Decision.Expired(
          Ended.with(
              outcome(
                  run,
                  State.REVOKED,
                  Failures.EXPIRED.toJson(),
                  Optional.empty(),
                  Optional.empty())));
    }
    if (headers.eta().isPresent() && now.isBefore(headers.eta().get().toInstant())) {
      return new Decision.NotBefore(Duration.between(now, headers.eta().get().toInstant()));
    }
    ExecutableTask task = tasks.get(headers.task());
    return task == null ? new Decision.Unknown() : new Decision.Now(task);
  }

  /**
   * Runs a task. The future fails only by a fault of the worker itself.
   *
   * @param begins called before the method is; not if the arguments do not fit it
   */
  public CompletableFuture<Ended> run(ExecutableTask task, RunContext run, Runnable begins) {
    if (!run.message().body().embed().isEmpty()) {
      return notStarted(
          run,
          new UnsupportedCanvas(
              ("task '%s' was not run: its message asks for callbacks, a chain or a chord, which"
                      + " this worker does not carry out")
                  .formatted(run.name())));
    }
    @Nullable Object[] arguments;
    try {
      arguments = task.arguments().bind(run.message().body(), run);
    } catch (InvalidArguments e) {
      return notStarted(run, e);
    }
    begins.run();
    return switch (call(task, arguments, run)) {
      case Called.Threw(Throwable thrown) -> CompletableFuture.completedFuture(failed(run, thrown));
      case Called.Returned(Object value) ->
          CompletableFuture.completedFuture(returned(task, run, value));
      case Called.Promised(CompletionStage<?> promise, Runnable finished) -> {
        CompletableFuture<Ended> ended = new CompletableFuture<>();
        promise.whenComplete(
            (value, thrown) -> {
              try {
                finished.run();
                ended.complete(thrown == null ? returned(task, run, value) : failed(run, thrown));
              } catch (RuntimeException | Error e) {
                ended.completeExceptionally(e);
              }
            });
        yield ended;
      }
    };
  }

  private CompletableFuture<Ended> notStarted(RunContext run, RuntimeException why) {
    return CompletableFuture.completedFuture(failed(run, why, Optional.empty()));
  }

  /** What came of calling a task's method. */
  private sealed interface Called {
    record Returned(@Nullable Object value) implements Called {}

    record Threw(Throwable thrown) implements Called {}

    /** The result comes later; {@code finished} is to be called first then. */
    record Promised(CompletionStage<?> promise, Runnable finished) implements Called {}
  }

  /** Calls the method with the task's id in the log and a request context of its own. */
  private Called call(ExecutableTask task, @Nullable Object[] arguments, RunContext run) {
    MDC.put(LOG_TASK_ID, run.id());
    ManagedContext requests = Arc.container().requestContext();
    ContextState request = requests.activate();
    boolean promised = false;
    try {
      running.begin(run);
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
      if (promised) {
        requests.deactivate();
      } else {
        requests.terminate();
      }
      MDC.remove(LOG_TASK_ID);
    }
  }

  private Ended returned(ExecutableTask task, RunContext run, @Nullable Object value) {
    boolean ignored = run.message().headers().ignoreResult();
    try {
      JsonNode result = ignored ? NullNode.instance : task.results().write(value);
      Ended ended =
          Ended.with(
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

  private Ended failed(RunContext run, Throwable thrown) {
    return failed(run, thrown, Optional.of(run.started()));
  }

  private Ended failed(RunContext run, Throwable thrown, Optional<Instant> started) {
    Throwable cause = Failures.cause(thrown);
    LOG.debugf(cause, "task %s (%s) failed", run.name(), run.id());
    return Ended.with(
        outcome(
            run,
            State.FAILURE,
            Failures.describe(cause).toJson(),
            Failures.traceback(cause),
            started));
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
        headers.ignoreResult());
  }
}
