package dev.tallo.worker.execution;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.QueueSettings;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.control.ControlCommand;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.worker.WorkerConfig;
import dev.tallo.worker.connection.NodeName;
import dev.tallo.worker.connection.QueueConfig;
import dev.tallo.worker.control.WorkerControl;
import dev.tallo.worker.event.EventChannel;
import dev.tallo.worker.event.WorkerEvents;
import dev.tallo.worker.limit.TaskLimiter;
import dev.tallo.worker.outcome.OutcomeBatcher;
import dev.tallo.worker.outcome.Replies;
import dev.tallo.worker.registry.TaskRegistry;
import dev.tallo.worker.time.WorkerClock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jboss.logging.Logger;

/**
 * The life of a worker: it takes from its queues from the application's start to its shutdown, then
 * lets running tasks end, publishes their outcomes and gives the rest back.
 */
@Singleton
public class Worker {
  private static final Logger LOG = Logger.getLogger("dev.tallo.worker");
  private static final Duration LAST_OUTCOMES = Duration.ofSeconds(5);
  private static final Duration LAST_EVENTS = Duration.ofSeconds(2);

  /** What an interrupted task has to clean up. */
  private static final Duration LAST_MOMENT = Duration.ofSeconds(2);

  private final WorkerConfig config;
  private final TaskRegistry registry;
  private final Broker broker;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final List<String> queues;
  private final NodeName name;
  private final Intake intake;
  private final OutcomeBatcher outcomes;
  private final WorkerEvents events;
  private final TaskRunner runner;
  private final WorkerControl control;
  private final Subscriptions subscriptions;
  private final MeterRegistry meters;
  private final List<Meter> gauges;
  private volatile boolean working;
  private volatile boolean stopping;

  Worker(
      WorkerConfig config,
      TaskRegistry registry,
      Broker broker,
      TaskExecution execution,
      TaskLimiter limiter,
      WorkerControl control,
      QueueConfig queueConfig,
      @Identifier(WorkerClock.NAME) Clock clock,
      NodeName name,
      EventChannel channel,
      Instance<MeterRegistry> meterRegistries) {
    this.config = config;
    this.registry = registry;
    this.broker = broker;
    this.name = name;
    this.control = control;
    validate(config);
    queues = List.copyOf(new LinkedHashSet<>(config.queues()));
    Map<String, QueueSettings> settings = settings(queues, queueConfig);
    meters = meterRegistries.isResolvable() ? meterRegistries.get() : Metrics.globalRegistry;
    outcomes = new OutcomeBatcher(broker.publisher(), executor, this::startWhatMay);
    intake = new Intake(config.concurrency(), outcomes::full, this::run);
    subscriptions = new Subscriptions(broker, config, settings, intake);
    events =
        new WorkerEvents(
            name.text(),
            Optional.ofNullable(Worker.class.getPackage().getImplementationVersion()).orElse("dev"),
            queues,
            registry.names(),
            clock,
            channel,
            Counter.builder("tallo.events.dropped")
                .description("Events that were not published")
                .register(meters));
    Counter returned =
        Counter.builder("tallo.replies.returned")
            .description("Answers to clients that had gone")
            .register(meters);
    runner =
        new TaskRunner(
            name.text(),
            registry.names(),
            config.unknownTask(),
            execution,
            limiter,
            broker.publisher(),
            outcomes,
            new Replies(broker.publisher(), executor, returned::increment),
            events,
            new TaskMetrics(meters, queues),
            clock,
            executor,
            intake::finished,
            intake::offer);
    gauges =
        List.of(
            Gauge.builder("tallo.tasks.running", intake, Intake::running)
                .description("Tasks that run now")
                .register(meters),
            Gauge.builder("tallo.tasks.waiting", intake, Intake::waiting)
                .description("Tasks that the broker handed out and that wait for a slot")
                .register(meters),
            Gauge.builder("tallo.tasks.abandoned", execution, TaskExecution::abandoned)
                .description("Attempts that go on although they were given up at their time limit")
                .register(meters),
            Gauge.builder("tallo.worker.concurrency", config, WorkerConfig::concurrency)
                .description("Tasks that may run at once")
                .register(meters),
            Gauge.builder("tallo.outcomes.unconfirmed", outcomes, OutcomeBatcher::unconfirmed)
                .description("Outcomes that the broker has not confirmed")
                .register(meters));
  }

  private static Map<String, QueueSettings> settings(List<String> queues, QueueConfig config) {
    Map<String, QueueSettings> settings = new LinkedHashMap<>();
    for (String queue : queues) {
      try {
        settings.put(queue, config.settings(queue));
      } catch (IllegalArgumentException e) {
        String prefix = "tallo.queue.\"" + queue + "\".";
        throw new ConfigurationException(prefix + e.getMessage(), Set.of(prefix));
      }
    }
    return settings;
  }

  void start(@Observes StartupEvent event) {
    if (!config.enabled()) {
      LOG.info("tallo.worker.enabled is false: this application takes no tasks");
      return;
    }
    if (registry.tasks().isEmpty()) {
      LOG.warn("no method has @Task: this application takes no tasks");
      return;
    }
    working = true;
    if (LaunchMode.current() == LaunchMode.NORMAL) {
      Termination.isNoError();
    }
    broker.require(Topology.base()).start();
    control.start(broker, this::commanded);
    Thread.ofVirtual().name("tallo-worker-start").start(this::takeWhenCaughtUp);
    events.start(
        new WorkerEvents.Vitals() {
          @Override
          public int active() {
            return intake.running();
          }

          @Override
          public long processed() {
            return runner.processed();
          }

          @Override
          public void tellOfWaiting() {
            intake.entriesWaiting().forEach(runner::announceWaiting);
          }
        });
    LOG.infof(
        "%s takes up to %d tasks at once from %s: %s",
        name, config.concurrency(), queues, String.join(", ", registry.names()));
  }

  /** Takes nothing before it knows what was revoked and paused. */
  private void takeWhenCaughtUp() {
    try {
      control.awaitCaughtUp(broker, () -> stopping);
      subscriptions.start(control.state()::paused);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void commanded(ControlCommand command) {
    switch (command) {
      case ControlCommand.Revoke revoke -> {
        if (revoke.terminate()) {
          runner.terminate(revoke.taskId());
        }
      }
      case ControlCommand.PauseQueue pause -> subscriptions.pause(pause.queue());
      case ControlCommand.ResumeQueue resume -> subscriptions.resume(resume.queue());
      case ControlCommand.LimitTask ignored -> {} // asked for at each start
      case ControlCommand.Mark ignored -> {}
    }
  }

  void stop(@Observes ShutdownEvent event) {
    stopping = true;
    try {
      if (working) {
        drain();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      control.stop();
      broker.close();
      executor.shutdownNow();
      gauges.forEach(meters::remove);
    }
  }

  private void drain() throws InterruptedException {
    Instant deadline = Instant.now().plus(config.drain());
    subscriptions.stop();
    intake.stop();
    int running = intake.running();
    if (running > 0) {
      LOG.infof("%d running tasks have %s to end", running, config.drain());
    }
    if (!intake.awaitIdle(config.drain())) {
      LOG.warnf(
          "%d tasks did not end within tallo.worker.drain (%s), are interrupted and given back",
          intake.running(), config.drain());
      runner.interruptAll();
      intake.awaitIdle(LAST_MOMENT);
    }
    Duration left = Duration.between(Instant.now(), deadline);
    if (!runner.awaitSettled(left.compareTo(LAST_OUTCOMES) > 0 ? left : LAST_OUTCOMES)) {
      LOG.warnf(
          "what follows %d attempts was not confirmed: their tasks are given back and run again",
          runner.unsettled());
    }
    subscriptions.close();
    events.stop(LAST_EVENTS);
  }

  private void run(Intake.Entry entry) {
    runner.run(entry);
  }

  private void startWhatMay() {
    intake.startWhatMay();
  }

  /** Whether it takes tasks: it is on, knows what was commanded, and is not being shut down. */
  public boolean active() {
    return subscriptions.started() && !stopping;
  }

  /** Whether it was switched off, or has no tasks. */
  public boolean idle() {
    return !config.enabled() || registry.tasks().isEmpty();
  }

  /** The queues that it takes from, and whether the broker would hand it a message of each now. */
  public List<Source> sources() {
    return subscriptions.sources();
  }

  /** Deliveries that are neither acknowledged nor given back. */
  public int unsettled() {
    return subscriptions.unsettled();
  }

  /**
   * A queue.
   *
   * @param live whether the subscription to it lives; true if it is paused
   * @param paused whether nothing is taken from it by command
   */
  public record Source(String queue, boolean live, boolean paused) {}

  private static void validate(WorkerConfig config) {
    require(!config.queues().isEmpty(), "queues", "names at least one queue");
    for (String queue : config.queues()) {
      require(
          Names.isQueueName(queue),
          "queues",
          "has '%s': a name is 1 to %d of the characters A-Z a-z 0-9 _ . : -"
              .formatted(queue, Names.MAX_QUEUE_NAME));
      require(
          !queue.startsWith(Topology.RESERVED_PREFIX),
          "queues",
          "has '%s': names that begin with %s are reserved"
              .formatted(queue, Topology.RESERVED_PREFIX));
    }
    between(config.concurrency(), 1, 100_000, "concurrency");
    between(config.prefetch(), 1, 65_535, "prefetch");
    between(config.consumerPriority(), -100, 100, "consumer-priority");
    between(config.maxAbandoned(), 0, 100_000, "max-abandoned");
    between(config.maxResult().asLongValue(), 1024, 8L << 20, "max-result");
    within(config.drain(), Duration.ZERO, Duration.ofDays(1), "drain");
    within(
        config.unknownTask().parkAfter(),
        Duration.ZERO,
        Duration.ofDays(7),
        "unknown-task.park-after");
    within(
        config.unknownTask().interval(),
        Duration.ofSeconds(1),
        Duration.ofHours(1),
        "unknown-task.interval");
  }

  private static void between(long value, long least, long most, String property) {
    require(
        value >= least && value <= most,
        property,
        "is %d: it must be %d to %d".formatted(value, least, most));
  }

  private static void within(Duration value, Duration least, Duration most, String property) {
    require(
        value.compareTo(least) >= 0 && value.compareTo(most) <= 0,
        property,
        "is %s: it must be %s to %s".formatted(value, least, most));
  }

  private static void require(boolean holds, String property, String otherwise) {
    if (!holds) {
      String key = "tallo.worker." + property;
      throw new ConfigurationException(key + " " + otherwise, Set.of(key));
    }
  }
}
