package dev.tallo.worker.execution;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tallo.worker.registry.Arguments;
import dev.tallo.worker.registry.ResultWriter;
import dev.tallo.worker.registry.TaskDefinition;
import jakarta.enterprise.invoke.Invoker;

/**
 * A task with everything that its runs need, prepared once at start-up.
 *
 * @param definition as the build found it
 * @param arguments binds a message's arguments
 * @param results writes what it returns
 * @param invoker calls its method
 */
public record ExecutableTask(
    TaskDefinition definition,
    Arguments arguments,
    ResultWriter results,
    Invoker<Object, Object> invoker) {

  static ExecutableTask of(TaskDefinition definition, ObjectMapper mapper) {
    return new ExecutableTask(
        definition,
        new Arguments(definition, mapper),
        new ResultWriter(definition, mapper),
        definition.invoker().getValue());
  }
}
