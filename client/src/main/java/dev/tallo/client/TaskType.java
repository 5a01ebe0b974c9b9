package dev.tallo.client;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.tallo.messaging.protocol.Names;
import java.lang.reflect.Type;

/**
 * A task that workers have, as its callers know it: kept in a constant.
 *
 * <pre>{@code
 * static final TaskType<Integer> ADD = TaskType.of("demo.add", Integer.class);
 * static final TaskType<List<Report>> REPORTS = TaskType.of("reports.all", new TypeReference<>() {});
 * }</pre>
 *
 * @param <T> what it returns; {@code Void} for nothing
 */
public final class TaskType<T> {
  private final String name;
  private final Type result;

  private TaskType(String name, Type result) {
    if (!Names.isTaskName(name)) {
      throw new IllegalArgumentException(
          "task: a name is 1 to %d of the characters A-Z a-z 0-9 _ . : -, not '%s'"
              .formatted(Names.MAX_TASK_NAME, name));
    }
    this.name = name;
    this.result = result;
  }

  /**
   * A task whose result is of this class.
   *
   * @throws IllegalArgumentException if the name is none that a task can have
   */
  public static <T> TaskType<T> of(String name, Class<T> result) {
    return new TaskType<>(name, result);
  }

  /**
   * A task whose result is of this generic type.
   *
   * @throws IllegalArgumentException if the name is none that a task can have
   */
  public static <T> TaskType<T> of(String name, TypeReference<T> result) {
    return new TaskType<>(name, result.getType());
  }

  /** The task's name. */
  public String name() {
    return name;
  }

  Type result() {
    return result;
  }

  @Override
  public String toString() {
    return name;
  }
}
