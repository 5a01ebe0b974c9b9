package dev.tallo.worker.deployment;

import dev.tallo.messaging.protocol.Names;
import dev.tallo.worker.Arg;
import dev.tallo.worker.Task;
import dev.tallo.worker.TaskContext;
import dev.tallo.worker.registry.TaskDefaults;
import dev.tallo.worker.registry.TaskDefinition.Returning;
import dev.tallo.worker.registry.TaskParameter;
import io.quarkus.arc.processor.BeanInfo;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.inject.spi.DeploymentException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jboss.jandex.AnnotationInstance;
import org.jboss.jandex.AnnotationTarget;
import org.jboss.jandex.DotName;
import org.jboss.jandex.IndexView;
import org.jboss.jandex.MethodInfo;
import org.jboss.jandex.MethodParameterInfo;
import org.jboss.jandex.Type;

/**
 * Reads the methods with {@code @Task} and collects everything that is wrong with them, so that one
 * build tells all.
 */
final class TaskMethods {
  static final DotName TASK = DotName.createSimple(Task.class);
  private static final DotName ARG = DotName.createSimple(Arg.class);
  private static final DotName CONTEXT = DotName.createSimple(TaskContext.class);
  private static final DotName UNI = DotName.createSimple(Uni.class);
  private static final DotName OPTIONAL = DotName.createSimple(Optional.class);
  private static final Set<DotName> STAGES =
      Set.of(
          DotName.createSimple(CompletionStage.class),
          DotName.createSimple(CompletableFuture.class));

  private final IndexView index;
  private final Map<DotName, BeanInfo> beans;
  private final JsonTypes types;
  private final List<String> problems = new ArrayList<>();
  private final Map<String, MethodInfo> names = new HashMap<>();
  private final List<TaskBuildItem> tasks = new ArrayList<>();

  private TaskMethods(IndexView index, Iterable<BeanInfo> classBeans) {
    this.index = index;
    this.types = new JsonTypes(index);
    this.beans = new HashMap<>();
    classBeans.forEach(bean -> beans.put(bean.getImplClazz().name(), bean));
  }

  /**
   * Every task of the application, sorted by name.
   *
   * @throws DeploymentException if a method cannot be a task
   */
  static List<TaskBuildItem> find(IndexView index, Iterable<BeanInfo> classBeans) {
    return new TaskMethods(index, classBeans).find();
  }

  private List<TaskBuildItem> find() {
    index.getAnnotations(TASK).stream()
        .filter(annotation -> annotation.target().kind() == AnnotationTarget.Kind.METHOD)
        .sorted(Comparator.comparing(annotation -> describe(annotation.target().asMethod())))
        .forEach(this::read);
    if (!problems.isEmpty()) {
      throw new DeploymentException(
          problems.size() == 1
              ? problems.getFirst()
              : problems.stream()
                  .map(problem -> "\n  - " + problem)
                  .collect(Collectors.joining("", problems.size() + " problems with tasks:", "")));
    }
    tasks.sort(Comparator.comparing(TaskBuildItem::name));
    return tasks;
  }

  private void read(AnnotationInstance annotation) {
    MethodInfo method = annotation.target().asMethod();
    String name = annotation.value().asString();
    int before = problems.size();
    if (!Names.isTaskName(name)) {
      problem(
          method,
          "the task name '%s' is not allowed: use 1 to 200 of the characters A-Z a-z 0-9 _ . : -",
          name);
    }
    MethodInfo other = names.putIfAbsent(name, method);
    if (other != null) {
      problem(
          method,
          "the task name '%s' is taken by %s: names are unique in an application",
          name,
          describe(other));
    }
    Optional<BeanInfo> bean = bean(method);
    List<TaskBuildItem.Parameter> parameters = parameters(method);
    Returning returning = returning(method);
    Type result = result(method, returning);
    types
        .whyNotWritable(result)
        .ifPresent(why -> problem(method, "its result cannot be written as JSON: %s", why));
    TaskDefaults defaults =
        TaskAnnotation.read(annotation, index, problem -> problem(method, "%s", problem));
    if (problems.size() == before) {
      bean.ifPresent(
          b ->
              tasks.add(
                  new TaskBuildItem(name, b, method, parameters, returning, result, defaults)));
    }
  }

  private Optional<BeanInfo> bean(MethodInfo method) {
    int flags = method.flags();
    String misuse =
        Modifier.isPrivate(flags)
            ? "private: make it public, protected or package-private"
            : Modifier.isStatic(flags)
                ? "static: a task belongs to a CDI bean, make it an instance method"
                : method.declaringClass().isInterface()
                    ? "declared on an interface: annotate the method of the bean class"
                    : Modifier.isAbstract(flags)
                            || Modifier.isAbstract(method.declaringClass().flags())
                        ? "declared on an abstract class: annotate the method of the bean class"
                        : !method.typeParameters().isEmpty()
                            ? "generic: declare concrete types"
                            : "";
    if (!misuse.isEmpty()) {
      problem(method, "a task method must not be %s", misuse);
      return Optional.empty();
    }
    BeanInfo bean = beans.get(method.declaringClass().name());
    if (bean == null) {
      problem(
          method,
          "%s is not a CDI bean (an inner class, an interceptor, vetoed or excluded): move the"
              + " method to a bean class",
          method.declaringClass().name());
    }
    return Optional.ofNullable(bean);
  }

  private List<TaskBuildItem.Parameter> parameters(MethodInfo method) {
    List<TaskBuildItem.Parameter> parameters = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (MethodParameterInfo parameter : method.parameters()) {
      if (parameter.type().name().equals(CONTEXT)) {
        parameters.add(
            new TaskBuildItem.Parameter(
                TaskParameter.Kind.CONTEXT.name(), parameter.type(), TaskParameter.Kind.CONTEXT));
        continue;
      }
      String name = name(method, parameter);
      if (!seen.add(name)) {
        problem(method, "two parameters have the name '%s': give one another by @Arg", name);
      }
      types
          .whyNotReadable(parameter.type())
          .ifPresent(
              why ->
                  problem(
                      method,
                      "parameter '%s' of type %s cannot be converted from JSON: %s",
                      name,
                      parameter.type(),
                      why));
      parameters.add(
          new TaskBuildItem.Parameter(
              name,
              parameter.type(),
              isOptional(method, parameter)
                  ? TaskParameter.Kind.OPTIONAL
                  : TaskParameter.Kind.REQUIRED));
    }
    return parameters;
  }

  private String name(MethodInfo method, MethodParameterInfo parameter) {
    AnnotationInstance arg = parameter.declaredAnnotation(ARG);
    String name = arg == null ? parameter.name() : arg.value().asString();
    if (name == null) {
      problem(
          method,
          "the name of parameter %d is not in the class file: compile with -parameters, or give it"
              + " by @Arg",
          parameter.position() + 1);
      return "#" + parameter.position();
    }
    if (name.isBlank()) {
      problem(method, "@Arg of parameter %d is empty", parameter.position() + 1);
    }
    return name;
  }

  private boolean isOptional(MethodInfo method, MethodParameterInfo parameter) {
    if (parameter.type().name().equals(OPTIONAL)
        || parameter.type().name().toString().matches("java\\.util\\.Optional(Int|Long|Double)")) {
      return true;
    }
    boolean nullable =
        java.util.stream.Stream.concat(
                parameter.declaredAnnotations().stream(), parameter.type().annotations().stream())
            .anyMatch(annotation -> annotation.name().withoutPackagePrefix().equals("Nullable"));
    if (nullable && parameter.type().kind() == Type.Kind.PRIMITIVE) {
      problem(
          method,
          "parameter '%s' is @Nullable but of the primitive type %s: use its object type",
          parameter.name(),
          parameter.type());
    }
    return nullable;
  }

  private static Returning returning(MethodInfo method) {
    DotName name = method.returnType().name();
    return name.equals(UNI)
        ? Returning.UNI
        : STAGES.contains(name) ? Returning.COMPLETION_STAGE : Returning.VALUE;
  }

  private Type result(MethodInfo method, Returning returning) {
    Type type = method.returnType();
    if (returning == Returning.VALUE) {
      return type;
    }
    if (type.kind() != Type.Kind.PARAMETERIZED_TYPE) {
      problem(method, "its result %s does not say of what: write %1$s<String>, say", type.name());
      return type;
    }
    Type argument = type.asParameterizedType().arguments().getFirst();
    return argument.kind() == Type.Kind.WILDCARD_TYPE
        ? argument.asWildcardType().extendsBound()
        : argument;
  }

  private void problem(MethodInfo method, String message, Object... details) {
    problems.add(describe(method) + ": " + message.formatted(details) + ".");
  }

  private static String describe(MethodInfo method) {
    return method.declaringClass().name()
        + "."
        + method.name()
        + method.parameters().stream()
            .map(
                parameter ->
                    parameter.type().name().withoutPackagePrefix()
                        + (parameter.name() == null ? "" : " " + parameter.name()))
            .collect(Collectors.joining(", ", "(", ")"));
  }
}
