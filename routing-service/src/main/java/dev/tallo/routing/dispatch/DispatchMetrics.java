package dev.tallo.routing.dispatch;

import dev.tallo.messaging.broker.Delivery;
import dev.tallo.routing.rule.Rule;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;

/** What is counted of dispatches. */
@Singleton
public class DispatchMetrics {
  private final MeterRegistry registry;
  private final Clock clock;
  private final Counter delayed;

  public DispatchMetrics(MeterRegistry registry, Clock clock) {
    this.registry = registry;
    this.clock = clock;
    delayed =
        Counter.builder("tallo.routing.delayed")
            .description(
                "Messages that were not due, or whose queue was full, sent through the delays")
            .register(registry);
  }

  void decided(Rule rule) {
    registry.counter("tallo.routing.decisions", "rule", rule.match().toString()).increment();
  }

  void parked(Parked reason) {
    registry.counter("tallo.routing.parked", "reason", reason.word()).increment();
  }

  void delayed() {
    delayed.increment();
  }

  void dispatched(Delivery delivery) {
    Timer.builder("tallo.routing.dispatch")
        .description("From the arrival of a message here to the confirm of its copy")
        .tag("queue", delivery.queue())
        .register(registry)
        .record(Duration.between(delivery.received(), clock.instant()));
  }
}
