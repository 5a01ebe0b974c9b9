package dev.tallo.routing.dispatch;

import dev.tallo.messaging.broker.Delivery;
import dev.tallo.messaging.metrics.Buckets;
import dev.tallo.messaging.metrics.LabelNames;
import dev.tallo.routing.configuration.MetricsConfiguration;
import dev.tallo.routing.rule.Rule;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** What is counted of dispatches. */
@Singleton
public class DispatchMetrics {
  private final MeterRegistry registry;
  private final Clock clock;
  private final LabelNames rules;
  private final LabelNames queues;
  private final Counter delayed;
  private final Map<Parked, Counter> parked = new EnumMap<>(Parked.class);

  public DispatchMetrics(MeterRegistry registry, Clock clock, MetricsConfiguration config) {
    rules = new LabelNames(config.maxNames());
    queues = new LabelNames(config.maxNames());
    this.registry = registry;
    for (Parked reason : Parked.values()) {
      parked.put(
          reason,
          Counter.builder("tallo.routing.parked")
              .description("Messages parked as unroutable")
              .tag("reason", reason.word())
              .register(registry));
    }
    this.clock = clock;
    delayed =
        Counter.builder("tallo.routing.delayed")
            .description(
                "Messages that were not due, or whose queue was full, sent through the delays")
            .register(registry);
  }

  /** A task went to the queue that the rule says. */
  void decided(Rule rule, String queue) {
    Counter.builder("tallo.routing.decisions")
        .description("Tasks that a rule sent to a queue; those of learned names come by no more")
        .tags("rule", rules.of(rule.id()), "queue", queues.of(queue))
        .register(registry)
        .increment();
  }

  /** A task of the rule waits for its time. */
  void limited(Rule rule) {
    Counter.builder("tallo.routing.rate.limited")
        .description("Tasks that wait for their time under a rule's rate limit")
        .tag("rule", rules.of(rule.id()))
        .register(registry)
        .increment();
  }

  void rejected(Rule rule) {
    Counter.builder("tallo.routing.rejected")
        .description("Tasks that a rule refused")
        .tag("rule", rules.of(rule.id()))
        .register(registry)
        .increment();
  }

  /** Whether the copy for the second queue went there. */
  void mirrored(Rule rule, boolean sent) {
    Counter.builder("tallo.routing.mirrored")
        .description("Copies for a rule's second queue, and whether they went there")
        .tags("rule", rules.of(rule.id()), "sent", Boolean.toString(sent))
        .register(registry)
        .increment();
  }

  void parked(Parked reason) {
    parked.get(reason).increment();
  }

  void delayed() {
    delayed.increment();
  }

  void dispatched(Delivery delivery) {
    Buckets.ofRequests(Timer.builder("tallo.routing.dispatch"))
        .description("From the arrival of a message here to the confirm of its copy")
        .tag("queue", delivery.queue())
        .register(registry)
        .record(Duration.between(delivery.received(), clock.instant()));
  }
}
