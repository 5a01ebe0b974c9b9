package dev.tallo.worker.execution;

import dev.tallo.messaging.protocol.State;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/**
 * What the worker measures of its tasks. Meters are looked up once for each task, queue and
 * outcome: both names are bounded by what the application has and takes from.
 */
final class TaskMetrics {
  private record Key(String task, String queue, State outcome) {}

  private record Meters(Timer run, Timer held) {}

  private final MeterRegistry registry;
  private final ConcurrentMap<Key, Meters> meters = new ConcurrentHashMap<>();

  TaskMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** A task was run, or refused before it ran. */
  void ended(String task, String queue, State outcome, long runNanos, long heldNanos) {
    Meters of = meters.computeIfAbsent(new Key(task, queue, outcome), this::meters);
    of.run.record(runNanos, TimeUnit.NANOSECONDS);
    of.held.record(heldNanos, TimeUnit.NANOSECONDS);
  }

  private Meters meters(Key key) {
    String[] tags = {"task", key.task, "queue", key.queue, "outcome", key.outcome.name()};
    return new Meters(
        Timer.builder("tallo.task.run")
            .description("Time from the start of a task's method to its end")
            .tags(tags)
            .register(registry),
        Timer.builder("tallo.task.held")
            .description("Time between a message's arrival at the worker and its start")
            .tags(tags)
            .register(registry));
  }

  /** A message went to the dead letters. */
  void buried(String queue, String reason) {
    counter("tallo.task.buried", "Messages put among the dead letters", queue, "reason", reason)
        .increment();
  }

  /** A message was sent through the delay levels: {@code eta} or {@code unknown}. */
  void delayed(String queue, String reason) {
    counter("tallo.task.delayed", "Messages sent back for later", queue, "reason", reason)
        .increment();
  }

  /** A delivery of a task that already runs here. */
  void joined(String queue) {
    counter(
            "tallo.task.joined",
            "Redeliveries of tasks that still run",
            queue,
            "reason",
            "redelivered")
        .increment();
  }

  private Counter counter(String name, String text, String queue, String tag, String value) {
    return Counter.builder(name)
        .description(text)
        .tags("queue", queue, tag, value)
        .register(registry);
  }
}
