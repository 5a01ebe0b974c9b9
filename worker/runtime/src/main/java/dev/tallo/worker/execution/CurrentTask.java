package dev.tallo.worker.execution;

import dev.tallo.worker.TaskContext;
import io.quarkus.arc.Arc;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The {@link TaskContext} that is injected: each call goes to the task in whose request context it
 * is made, so that one instance serves interceptors and beans of any scope.
 */
@Singleton
public class CurrentTask implements TaskContext {
  private final RunningTask running;

  CurrentTask(RunningTask running) {
    this.running = running;
  }

  private TaskContext current() {
    Optional<TaskContext> context =
        Arc.container().requestContext().isActive() ? running.context() : Optional.empty();
    return context.orElseThrow(
        () ->
            new IllegalStateException(
                "no task runs here: an injected TaskContext can be asked only while a task runs,"
                    + " on its thread or where its request context was propagated to"));
  }

  @Override
  public String id() {
    return current().id();
  }

  @Override
  public String name() {
    return current().name();
  }

  @Override
  public int attempt() {
    return current().attempt();
  }

  @Override
  public String queue() {
    return current().queue();
  }

  @Override
  public Map<String, @Nullable Object> headers() {
    return current().headers();
  }

  @Override
  public Optional<Instant> deadline() {
    return current().deadline();
  }

  @Override
  public boolean redelivered() {
    return current().redelivered();
  }

  @Override
  public String rootId() {
    return current().rootId();
  }

  @Override
  public Optional<String> parentId() {
    return current().parentId();
  }

  @Override
  public Optional<String> groupId() {
    return current().groupId();
  }

  @Override
  public void progress(double done, double total, @Nullable String note) {
    current().progress(done, total, note);
  }
}
