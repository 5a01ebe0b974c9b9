package dev.tallo.worker.execution;

import dev.tallo.messaging.metrics.Buckets;
import dev.tallo.messaging.protocol.State;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What the worker measures of its tasks. Meters are looked up once for each task, queue and
 * outcome: both names are bounded by what the application has and takes from.
 */
final class TaskMetrics {
  private record Source(String task, String queue) {}

  private record End(String task, String queue, State outcome) {}

  private record Begun(Counter started, Timer waiting, Timer held) {}

  /** Why a message goes to the dead letters. */
  static final List<String> BURIED = List.of("undecodable", "unknown-task", "worker-fault");

  /** Why a message goes through the delay levels. */
  static final List<String> DELAYED = List.of("eta", "unknown", "retry", "concurrency", "rate");

  private final MeterRegistry registry;
  private final ConcurrentMap<Source, Begun> begun = new ConcurrentHashMap<>();
  private final ConcurrentMap<End, Timer> runs = new ConcurrentHashMap<>();

  /** Counters begin at 0, so that the first count is seen as a change. */
  TaskMetrics(MeterRegistry registry, Collection<String> queues) {
    this.registry = registry;
    for (String queue : queues) {
      redeliveredCounter(queue);
      joinedCounter(queue);
      BURIED.forEach(reason -> buriedCounter(queue, reason));
      DELAYED.forEach(reason -> delayedCounter(queue, reason));
    }
  }

  /**
   * An attempt begins.
   *
   * @param waited since it was available, if that is known
   * @param held since its message arrived here
   */
  void started(String task, String queue, Optional<Duration> waited, Duration held) {
    Begun of = begun.computeIfAbsent(new Source(task, queue), this::begun);
    of.started.increment();
    waited.ifPresent(time -> of.waiting.record(notNegative(time)));
    of.held.record(notNegative(held));
  }

  /** The clocks of two machines are not quite the same. */
  private static Duration notNegative(Duration time) {
    return time.isNegative() ? Duration.ZERO : time;
  }

  private Begun begun(Source source) {
    String[] tags = {"task", source.task, "queue", source.queue};
    return new Begun(
        Counter.builder("tallo.task.started")
            .description("Attempts that began")
            .tags(tags)
            .register(registry),
        Buckets.ofTasks(Timer.builder("tallo.task.wait"))
            .description(
                "From the time that a task was sent, or was due if that is later, to the start of"
                    + " an attempt; only of tasks whose messages tell when they were sent")
            .tags(tags)
            .register(registry),
        Timer.builder("tallo.task.held")
            .description("From a message's arrival at the worker to the start of an attempt")
            .tags(tags)
            .register(registry));
  }

  /** An attempt ended, or was refused before it began. */
  void ended(String task, String queue, State outcome, Duration ran) {
    runs.computeIfAbsent(new End(task, queue, outcome), this::run).record(ran);
  }

  private Timer run(End end) {
    return Buckets.ofTasks(Timer.builder("tallo.task.run"))
        .description("From the start of an attempt to its end")
        .tags("task", end.task, "queue", end.queue, "outcome", end.outcome.name())
        .register(registry);
  }

  /** A message went to the dead letters: {@link #BURIED}. */
  void buried(String queue, String reason) {
    buriedCounter(queue, reason).increment();
  }

  private Counter buriedCounter(String queue, String reason) {
    return Counter.builder("tallo.task.buried")
        .description("Messages put among the dead letters")
        .tags("queue", queue, "reason", reason)
        .register(registry);
  }

  /** A message was sent through the delay levels: {@link #DELAYED}. */
  void delayed(String queue, String reason) {
    delayedCounter(queue, reason).increment();
  }

  private Counter delayedCounter(String queue, String reason) {
    return Counter.builder("tallo.task.delayed")
        .description("Messages sent back for later")
        .tags("queue", queue, "reason", reason)
        .register(registry);
  }

  /** An attempt began that may repeat one whose worker did not acknowledge it. */
  void redelivered(String queue) {
    redeliveredCounter(queue).increment();
  }

  private Counter redeliveredCounter(String queue) {
    return Counter.builder("tallo.task.redelivered")
        .description("Attempts at messages that were handed out before")
        .tag("queue", queue)
        .register(registry);
  }

  /** A delivery of a task that already runs here. */
  void joined(String queue) {
    joinedCounter(queue).increment();
  }

  private Counter joinedCounter(String queue) {
    return Counter.builder("tallo.task.joined")
        .description("Redeliveries of tasks that still run")
        .tag("queue", queue)
        .register(registry);
  }
}
