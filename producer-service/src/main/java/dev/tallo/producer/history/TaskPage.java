package dev.tallo.producer.history;

import java.util.List;
import java.util.OptionalLong;

/**
 * A page of tasks, newest first.
 *
 * @param next the {@link TaskFilter#before} of the next page; empty at the end
 */
public record TaskPage(List<StoredTask> tasks, OptionalLong next) {
  public TaskPage {
    tasks = List.copyOf(tasks);
  }
}
