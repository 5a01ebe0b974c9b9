package dev.tallo.worker.execution;

import dev.tallo.worker.TaskContext;
import jakarta.enterprise.context.RequestScoped;
import java.util.Optional;

/** Holds what {@link CurrentTask} tells, in the request context of a task's run. */
@RequestScoped
public class RunningTask {
  private volatile Optional<TaskContext> context = Optional.empty();

  void begin(TaskContext run) {
    context = Optional.of(run);
  }

  Optional<TaskContext> context() {
    return context;
  }
}
