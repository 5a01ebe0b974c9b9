package dev.tallo.worker.deployment;

import dev.tallo.worker.registry.TaskDefinition;
import dev.tallo.worker.registry.TaskParameter;
import dev.tallo.worker.registry.TaskRecorder;
import dev.tallo.worker.registry.TaskRegistry;
import dev.tallo.worker.registry.TypeDescriptor;
import io.quarkus.arc.deployment.AutoAddScopeBuildItem;
import io.quarkus.arc.deployment.BeanArchiveIndexBuildItem;
import io.quarkus.arc.deployment.BeanDiscoveryFinishedBuildItem;
import io.quarkus.arc.deployment.InvokerFactoryBuildItem;
import io.quarkus.arc.deployment.SyntheticBeanBuildItem;
import io.quarkus.arc.deployment.UnremovableBeanBuildItem;
import io.quarkus.arc.deployment.UnremovableBeanBuildItem.BeanClassAnnotationExclusion;
import io.quarkus.arc.processor.BuiltinScope;
import io.quarkus.deployment.annotations.BuildProducer;
import io.quarkus.deployment.annotations.BuildStep;
import io.quarkus.deployment.annotations.ExecutionTime;
import io.quarkus.deployment.annotations.Record;
import io.quarkus.deployment.builditem.ExtensionSslNativeSupportBuildItem;
import io.quarkus.deployment.builditem.FeatureBuildItem;
import io.quarkus.deployment.builditem.nativeimage.ReflectiveHierarchyBuildItem;
import io.quarkus.deployment.execannotations.ExecutionModelAnnotationsAllowedBuildItem;
import io.quarkus.deployment.recording.RecorderContext;
import jakarta.enterprise.inject.spi.DeploymentException;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.stream.Stream;
import org.jboss.jandex.PrimitiveType;
import org.jboss.jandex.Type;

/** Makes the registry of tasks while the application is built. */
class TaskProcessor {
  private static final String FEATURE = "tallo-worker";

  @BuildStep
  FeatureBuildItem feature() {
    return new FeatureBuildItem(FEATURE);
  }

  /** Brokers may be reached by {@code amqps://}, from native images too. */
  @BuildStep
  ExtensionSslNativeSupportBuildItem tls() {
    return new ExtensionSslNativeSupportBuildItem(FEATURE);
  }

  @BuildStep
  AutoAddScopeBuildItem scopeOfTaskClasses() {
    return AutoAddScopeBuildItem.builder()
        .anyMethodMatches(method -> method.hasDeclaredAnnotation(TaskMethods.TASK))
        .defaultScope(BuiltinScope.SINGLETON)
        .reason("it has @Task methods")
        .build();
  }

  @BuildStep
  UnremovableBeanBuildItem keepTaskClasses() {
    return new UnremovableBeanBuildItem(new BeanClassAnnotationExclusion(TaskMethods.TASK));
  }

  /** Every task has a virtual thread: saying so, or that it does not block, changes nothing. */
  @BuildStep
  ExecutionModelAnnotationsAllowedBuildItem allowExecutionModels() {
    return new ExecutionModelAnnotationsAllowedBuildItem(
        method -> method.hasDeclaredAnnotation(TaskMethods.TASK));
  }

  @BuildStep
  List<TaskBuildItem> findTasks(
      BeanArchiveIndexBuildItem index, BeanDiscoveryFinishedBuildItem discovery) {
    return TaskMethods.find(index.getIndex(), discovery.beanStream().classBeans().collect());
  }

  @BuildStep
  @Record(ExecutionTime.STATIC_INIT)
  SyntheticBeanBuildItem registry(
      List<TaskBuildItem> tasks,
      InvokerFactoryBuildItem invokers,
      RecorderContext recorderContext,
      TaskRecorder recorder) {
    List<TaskDefinition> definitions =
        tasks.stream().map(task -> definition(task, invokers, recorderContext)).toList();
    return SyntheticBeanBuildItem.configure(TaskRegistry.class)
        .scope(Singleton.class)
        .unremovable()
        .runtimeValue(recorder.registry(definitions))
        .done();
  }

  /** Jackson builds and reads these by reflection, which a native image must know beforehand. */
  @BuildStep
  void registerTypes(
      List<TaskBuildItem> tasks, BuildProducer<ReflectiveHierarchyBuildItem> hierarchies) {
    for (TaskBuildItem task : tasks) {
      Stream.concat(
              task.parameters().stream()
                  .filter(parameter -> parameter.kind() != TaskParameter.Kind.CONTEXT)
                  .map(TaskBuildItem.Parameter::type),
              Stream.of(task.result()))
          .flatMap(JsonTypes::leaves)
          .distinct()
          .forEach(
              type ->
                  hierarchies.produce(
                      ReflectiveHierarchyBuildItem.builder(type)
                          .source("task " + task.name() + ", " + task.describe())
                          .build()));
    }
  }

  private static TaskDefinition definition(
      TaskBuildItem task, InvokerFactoryBuildItem invokers, RecorderContext context) {
    String invoker =
        invokers
            .createInvoker(task.bean(), task.method())
            .withInstanceLookup()
            .build()
            .getClassDesc()
            .descriptorString();
    return new TaskDefinition(
        task.name(),
        task.describe(),
        task.parameters().stream()
            .map(
                parameter ->
                    new TaskParameter(parameter.name(), type(parameter.type()), parameter.kind()))
            .toList(),
        task.returning(),
        type(task.result()),
        task.defaults(),
        context.newInstance(className(invoker)));
  }

  private static String className(String descriptor) {
    return descriptor.substring(1, descriptor.length() - 1).replace('/', '.');
  }

  private static TypeDescriptor type(Type type) {
    return switch (type.kind()) {
      case VOID -> new TypeDescriptor(void.class, List.of(), 0);
      case PRIMITIVE ->
          new TypeDescriptor(primitive(type.asPrimitiveType().primitive()), List.of(), 0);
      case ARRAY -> {
        TypeDescriptor element = type(type.asArrayType().elementType());
        yield new TypeDescriptor(
            element.raw(), element.arguments(), type.asArrayType().deepDimensions());
      }
      case PARAMETERIZED_TYPE ->
          new TypeDescriptor(
              load(type),
              type.asParameterizedType().arguments().stream()
                  .map(argument -> type(argument))
                  .toList(),
              0);
      case WILDCARD_TYPE -> type(type.asWildcardType().extendsBound());
      default -> new TypeDescriptor(load(type), List.of(), 0);
    };
  }

  /** Loaded only to be named in the start-up code: not initialized. */
  private static Class<?> load(Type type) {
    String name = type.name().toString();
    try {
      return Class.forName(name, false, Thread.currentThread().getContextClassLoader());
    } catch (ClassNotFoundException e) {
      throw new DeploymentException("A task uses " + name + ", which is not on the class path.", e);
    }
  }

  private static Class<?> primitive(PrimitiveType.Primitive primitive) {
    return switch (primitive) {
      case BOOLEAN -> boolean.class;
      case BYTE -> byte.class;
      case CHAR -> char.class;
      case DOUBLE -> double.class;
      case FLOAT -> float.class;
      case INT -> int.class;
      case LONG -> long.class;
      case SHORT -> short.class;
    };
  }
}
