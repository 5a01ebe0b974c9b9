package dev.tallo.worker.registry;

/**
 * A parameter of a task's method.
 *
 * @param name by which a client passes it
 * @param type what it is converted to
 * @param kind where its value comes from
 */
public record TaskParameter(String name, TypeDescriptor type, Kind kind) {

  /** Where a parameter's value comes from. */
  public enum Kind {
    /** From the message; missing is a failure. */
    REQUIRED,
    /** From the message; missing is null, or an empty {@code Optional}. */
    OPTIONAL,
    /** The {@link dev.tallo.worker.TaskContext} of the run. */
    CONTEXT
  }
}
