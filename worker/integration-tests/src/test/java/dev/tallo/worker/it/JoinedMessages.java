package dev.tallo.worker.it;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Metrics;

/** Messages that were handed out again while their task ran, as the worker counts them. */
final class JoinedMessages {
  private JoinedMessages() {}

  /** How many there were since a registry was added to the global one. */
  static double count() {
    return Metrics.globalRegistry.find("tallo.task.joined").counters().stream()
        .mapToDouble(Counter::count)
        .sum();
  }
}
