package dev.tallo.worker.registry;

import io.quarkus.runtime.RuntimeValue;
import jakarta.enterprise.invoke.Invoker;
import java.util.List;

/**
 * A task as the build found it.
 *
 * @param name by which clients send it
 * @param method its class and method, for people
 * @param parameters in the order of the method
 * @param returning how the method hands over its result
 * @param result what the result is written as; {@code void.class} for nothing
 * @param defaults what {@code @Task} says besides
 * @param invoker calls the method on its bean, interceptors included; made at build time
 */
public record TaskDefinition(
    String name,
    String method,
    List<TaskParameter> parameters,
    Returning returning,
    TypeDescriptor result,
    TaskDefaults defaults,
    RuntimeValue<Invoker<Object, Object>> invoker) {

  /** How a method hands over its result. */
  public enum Returning {
    /** By returning it. */
    VALUE,
    /** By a {@code Uni}. */
    UNI,
    /** By a {@code CompletionStage}. */
    COMPLETION_STAGE
  }
}
