package dev.tallo.test;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.TaskResult;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import dev.tallo.worker.Progress;
import dev.tallo.worker.execution.RunContext;
import dev.tallo.worker.execution.TaskExecution;
import dev.tallo.worker.execution.TaskExecution.Decision;
import dev.tallo.worker.execution.TaskExecution.Ended;
import dev.tallo.worker.execution.WorkerClock;
import dev.tallo.worker.registry.TaskRegistry;
import io.smallrye.common.annotation.Identifier;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs tasks in this process, as the worker does but for the broker. */
@Singleton
class LocalRuns {
  private final TaskExecution execution;
  private final TaskRegistry registry;
  private final Clock clock;
  private final ObjectMapper mapper;

  LocalRuns(
      TaskExecution execution,
      TaskRegistry registry,
      @Identifier(WorkerClock.NAME) Clock clock,
      ObjectMapper mapper) {
    this.execution = execution;
    this.registry = registry;
    this.clock = clock;
    this.mapper = mapper;
  }

  TaskRun run(TaskCall call) {
    TaskMessage message = overTheWire(call.message());
    List<Progress> progress = new CopyOnWriteArrayList<>();
    CompletableFuture<Outcome> ended = new CompletableFuture<>();
    RunContext run =
        new RunContext(
            message,
            call.queue(),
            call.isRedelivered(),
            clock.instant(),
            clock,
            (reported, at) -> {
              if (!ended.isDone()) {
                progress.add(reported);
              }
            });
    long begin = System.nanoTime();
    Thread thread =
        Thread.ofVirtual()
            .name("task")
            .inheritInheritableThreadLocals(false)
            .start(() -> work(run, message, ended));
    Outcome outcome = await(ended, thread, call);
    return new TaskRun(outcome, progress, Duration.ofNanos(System.nanoTime() - begin), mapper);
  }

  private void work(RunContext run, TaskMessage message, CompletableFuture<Outcome> ended) {
    try {
      switch (execution.decide(run)) {
        case Decision.Now(var task) ->
            execution
                .run(task, run, () -> {})
                .thenApply(Ended::outcome)
                .whenComplete(
                    (outcome, fault) -> {
                      if (fault == null) {
                        ended.complete(outcome);
                      } else {
                        ended.completeExceptionally(fault);
                      }
                    });
        case Decision.Expired(Ended expired) -> ended.complete(expired.outcome());
        case Decision.NotBefore(Duration delay) -> ended.complete(Outcome.of(pending(message)));
        case Decision.Unknown() ->
            ended.completeExceptionally(
                new IllegalArgumentException(
                    "no task '%s'; this application has: %s"
                        .formatted(message.task(), String.join(", ", registry.names()))));
      }
    } catch (RuntimeException | Error fault) {
      ended.completeExceptionally(fault);
    }
  }

  private static Outcome await(CompletableFuture<Outcome> ended, Thread thread, TaskCall call) {
    try {
      return ended.get(call.patience().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      AssertionError late =
          new AssertionError(
              "task '%s' ran longer than %s".formatted(call.name(), call.patience()));
      late.setStackTrace(thread.getStackTrace());
      thread.interrupt();
      throw late;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException fault -> throw fault;
        case Error fault -> throw fault;
        case null, default -> throw new IllegalStateException(e);
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while task '" + call.name() + "' ran", e);
    }
  }

  private static TaskResult pending(TaskMessage message) {
    return new TaskResult(
        message.id(),
        State.PENDING,
        NullNode.instance,
        Optional.empty(),
        List.of(),
        Optional.empty(),
        TaskResult.Extended.NONE);
  }

  /** What a worker gets of it. */
  private static TaskMessage overTheWire(TaskMessage message) {
    try {
      return TaskCodec.decode(TaskCodec.encode(message));
    } catch (UndecodableMessageException e) {
      throw new IllegalArgumentException("a worker could not read this: " + e.getMessage(), e);
    }
  }
}
