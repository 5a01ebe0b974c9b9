package dev.tallo.worker.deployment;

import dev.tallo.worker.FinishedTasks;
import dev.tallo.worker.connection.Connections;
import dev.tallo.worker.control.WorkerControl;
import dev.tallo.worker.event.EventChannel;
import dev.tallo.worker.execution.CurrentTask;
import dev.tallo.worker.execution.RunningTask;
import dev.tallo.worker.execution.TaskExecution;
import dev.tallo.worker.execution.Worker;
import dev.tallo.worker.limit.TaskLimiter;
import dev.tallo.worker.rule.ExceptionNames;
import dev.tallo.worker.rule.TaskRules;
import dev.tallo.worker.time.WorkerClock;
import io.quarkus.arc.deployment.AdditionalBeanBuildItem;
import io.quarkus.deployment.annotations.BuildProducer;
import io.quarkus.deployment.annotations.BuildStep;
import io.quarkus.deployment.builditem.CombinedIndexBuildItem;
import io.quarkus.deployment.builditem.GeneratedResourceBuildItem;
import io.quarkus.deployment.builditem.RunTimeConfigurationDefaultBuildItem;
import io.quarkus.deployment.builditem.nativeimage.NativeImageResourceBuildItem;
import io.quarkus.deployment.pkg.builditem.CurateOutcomeBuildItem;
import io.quarkus.smallrye.health.deployment.spi.HealthBuildItem;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Adds what runs the tasks to the application, and the settings of its channel for events. */
class WorkerProcessor {
  private static final String CHANNEL = "mp.messaging.outgoing." + Connections.EVENTS + ".";

  /** For those who inject it. */
  @BuildStep
  AdditionalBeanBuildItem finishedTasks() {
    return new AdditionalBeanBuildItem(FinishedTasks.class);
  }

  @BuildStep
  AdditionalBeanBuildItem beans() {
    return AdditionalBeanBuildItem.builder()
        .addBeanClasses(
            Connections.class,
            EventChannel.class,
            WorkerClock.class,
            ExceptionNames.class,
            TaskRules.class,
            TaskLimiter.class,
            WorkerControl.class,
            TaskExecution.class,
            RunningTask.class,
            CurrentTask.class,
            Worker.class)
        .setUnremovable()
        .build();
  }

  /** Lists the exceptions that the configuration may name. */
  @BuildStep
  void exceptionNames(
      CombinedIndexBuildItem index,
      CurateOutcomeBuildItem outcome,
      BuildProducer<GeneratedResourceBuildItem> resources,
      BuildProducer<NativeImageResourceBuildItem> nativeResources) {
    String names =
        String.join("\n", KnownExceptions.find(index.getIndex(), outcome.getApplicationModel()));
    resources.produce(
        new GeneratedResourceBuildItem(
            ExceptionNames.RESOURCE, names.getBytes(StandardCharsets.UTF_8)));
    nativeResources.produce(new NativeImageResourceBuildItem(ExceptionNames.RESOURCE));
  }

  @BuildStep
  void health(BuildProducer<HealthBuildItem> checks) {
    checks.produce(new HealthBuildItem("dev.tallo.worker.health.WorkerLiveness", true));
    checks.produce(new HealthBuildItem("dev.tallo.worker.health.WorkerReadiness", true));
    checks.produce(new HealthBuildItem("dev.tallo.worker.health.WorkerStarted", true));
  }

  /**
   * Loss of an event is harmless, so nothing waits for confirms; the worker's own readiness tells
   * of the broker, so the channel adds no check. Its time-out, in milliseconds, is also how long
   * the end of the application waits for events that a lost connection keeps from leaving.
   */
  @BuildStep
  void eventChannel(BuildProducer<RunTimeConfigurationDefaultBuildItem> defaults) {
    Map.of(
            "connector", "smallrye-rabbitmq",
            "client-options-name", Connections.EVENTS,
            "exchange.name", "celeryev",
            "exchange.type", "topic",
            "exchange.durable", "true",
            "publish-confirms", "false",
            "connection-timeout", "5000",
            "max-inflight-messages", "1024",
            "health-enabled", "false",
            "tracing.enabled", "false")
        .forEach(
            (name, value) ->
                defaults.produce(new RunTimeConfigurationDefaultBuildItem(CHANNEL + name, value)));
  }
}
