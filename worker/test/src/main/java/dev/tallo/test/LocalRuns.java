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
import dev.tallo.worker.execution.TaskExecution.Conclusion;
import dev.tallo.worker.execution.TaskExecution.Decision;
import dev.tallo.worker.registry.TaskRegistry;
import dev.tallo.worker.time.WorkerClock;
import io.smallrye.common.annotation.Identifier;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
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
    CompletableFuture<Conclusion> ended = new CompletableFuture<>();
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
      case Decision.Never(Conclusion.Ended over, boolean expired) -> notRun(over.outcome());
      case Decision.NotBefore(Instant due) -> notRun(Outcome.of(pending(message)));
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
      ExecutableTask task, RunContext run, CompletableFuture<Conclusion> ended, TaskCall call) {
    Thread thread =
        Thread.ofVirtual()
            .name("task")
            .inheritInheritableThreadLocals(false)
            .start(() -> work(task, run, ended));
    try {
      return switch (ended.get(call.patience().toNanos(), TimeUnit.NANOSECONDS)) {
        case Conclusion.Ended over -> over.outcome();
        case Conclusion.Again again -> again.outcome();
        case Conclusion.GivenBack() -> throw new IllegalStateException("the application ends");
      };
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

  private void work(ExecutableTask task, RunContext run, CompletableFuture<Conclusion> ended) {
    try {
      execution.run(task, run, () -> {}, ended);
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
