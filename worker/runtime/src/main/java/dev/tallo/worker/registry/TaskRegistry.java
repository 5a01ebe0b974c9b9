package dev.tallo.worker.registry;

import java.util.List;

/**
 * Every task of this application, in the order of their names.
 *
 * @param tasks as the build found them
 */
public record TaskRegistry(List<TaskDefinition> tasks) {
  public TaskRegistry {
    tasks = List.copyOf(tasks);
  }

  /** The names, sorted. */
  public List<String> names() {
    return tasks.stream().map(TaskDefinition::name).toList();
  }
}
