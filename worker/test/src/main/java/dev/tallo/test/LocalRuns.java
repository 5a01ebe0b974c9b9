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
import dev.tallo.worker.execution.ExecutableTask;
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
    CompletableFuture<Ended> ended = new CompletableFuture<>();
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
    return switch (execution.decide(run)) {
      case Decision.Now(ExecutableTask task) -> {
        long begin = System.nanoTime();
        Outcome outcome = execute(task, run, ended, call);
        yield new TaskRun(outcome, progress, Duration.ofNanos(System.nanoTime() - begin), mapper);
      }
      case Decision.Expired(Ended expired) -> notRun(expired.outcome());
      case Decision.NotBefore(Duration delay) -> notRun(Outcome.of(pending(message)));
      case Decision.Unknown() ->
          throw new IllegalArgumentException(
              "no task '%s'; this application has: %s"
                  .formatted(call.name(), String.join(", ", registry.names())));
    };
  }

  private TaskRun notRun(Outcome outcome) {
    return new TaskRun(outcome, List.of(), Duration.ZERO, mapper);
  }

  private Outcome execute(
      ExecutableTask task, RunContext run, CompletableFuture<Ended> ended, TaskCall call) {
    Thread thread =
        Thread.ofVirtual()
            .name("task")
            .inheritInheritableThreadLocals(false)
            .start(() -> work(task, run, ended));
    try {
      return ended.get(call.patience().toNanos(), TimeUnit.NANOSECONDS).outcome();
    } catch (TimeoutException e) {
      AssertionError late =
          new AssertionError(
              "task '%s' ran longer than %s".formatted(call.name(), call.patience()));
      late.setStackTrace(thread.getStackTrace());
      thread.interrupt();
      throw late;
    } catch (ExecutionException e) {
      throw new IllegalStateException(
          "the worker itself failed on task '" + call.name() + "'", e.getCause());
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while task '" + call.name() + "' ran", e);
    }
  }

  private void work(ExecutableTask task, RunContext run, CompletableFuture<Ended> ended) {
    try {
      execution
          .run(task, run, () -> {})
          .whenComplete(
              (value, fault) -> {
                if (fault == null) {
                  ended.complete(value);
                } else {
                  ended.completeExceptionally(fault);
                }
              });
    } catch (RuntimeException | Error fault) {
      ended.completeExceptionally(fault);
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
