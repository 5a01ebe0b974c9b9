package dev.tallo.workerservice;

import dev.tallo.worker.TaskContext;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A run of a task, as the worker would describe it. */
public record AnyRun(String id, Optional<Instant> deadline) implements TaskContext {

  @Override
  public String name() {
    return "any";
  }

  @Override
  public int attempt() {
    return 1;
  }

  @Override
  public String queue() {
    return "default";
  }

  @Override
  public Map<String, @Nullable Object> headers() {
    return Map.of();
  }

  @Override
  public boolean redelivered() {
    return false;
  }

  @Override
  public void progress(double done, double total, @Nullable String note) {
    throw new UnsupportedOperationException("the built-in tasks tell no progress");
  }

  @Override
  public String rootId() {
    return id;
  }

  @Override
  public Optional<String> parentId() {
    return Optional.empty();
  }

  @Override
  public Optional<String> groupId() {
    return Optional.empty();
  }
}
