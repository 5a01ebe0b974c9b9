package dev.tallo.worker.deployment;

import dev.tallo.worker.registry.TaskDefaults;
import dev.tallo.worker.registry.TaskDefinition.Returning;
import dev.tallo.worker.registry.TaskParameter;
import io.quarkus.arc.processor.BeanInfo;
import io.quarkus.builder.item.MultiBuildItem;
import java.util.List;
import org.jboss.jandex.MethodInfo;
import org.jboss.jandex.Type;

/** A method with {@code @Task} that passed every check. */
public final class TaskBuildItem extends MultiBuildItem {
  private final String name;
  private final BeanInfo bean;
  private final MethodInfo method;
  private final List<Parameter> parameters;
  private final Returning returning;
  private final Type result;
  private final TaskDefaults defaults;

  TaskBuildItem(
      String name,
      BeanInfo bean,
      MethodInfo method,
      List<Parameter> parameters,
      Returning returning,
      Type result,
      TaskDefaults defaults) {
    this.name = name;
    this.bean = bean;
    this.method = method;
    this.parameters = List.copyOf(parameters);
    this.returning = returning;
    this.result = result;
    this.defaults = defaults;
  }

  /** A parameter before its type is written into the start-up code. */
  public record Parameter(String name, Type type, TaskParameter.Kind kind) {}

  /** By which clients send it. */
  public String name() {
    return name;
  }

  /** The bean that has the method. */
  public BeanInfo bean() {
    return bean;
  }

  /** The method. */
  public MethodInfo method() {
    return method;
  }

  /** In the order of the method. */
  public List<Parameter> parameters() {
    return parameters;
  }

  /** How the result is handed over. */
  public Returning returning() {
    return returning;
  }

  /** The type of the result itself, without {@code Uni} or {@code CompletionStage}. */
  public Type result() {
    return result;
  }

  /** What {@code @Task} says beside the name. */
  public TaskDefaults defaults() {
    return defaults;
  }

  /** For messages: {@code com.acme.Reports.generate}. */
  public String describe() {
    return method.declaringClass().name() + "." + method.name();
  }
}
