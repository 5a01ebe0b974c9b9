package dev.tallo.messaging.broker;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * What can be seen of a {@link Broker}: {@code tallo_broker_connected}, {@code
 * tallo_broker_blocked}, {@code tallo_publish_confirm_seconds} (from acceptance to confirm), {@code
 * tallo_publish_failed_total} by reason, {@code tallo_publish_in_flight}, {@code
 * tallo_publish_waiting}, {@code tallo_deliveries_total}, and by queue {@code
 * tallo_consumer_prefetch} and {@code tallo_consumer_unsettled}.
 */
final class BrokerMetrics {
  private final MeterRegistry registry;
  private final Timer confirms;
  private final Counter deliveries;
  private final Map<Class<?>, Counter> failures = new ConcurrentHashMap<>();
  private final Map<Consumer, Gauge[]> consumers = new ConcurrentHashMap<>();

  BrokerMetrics(MeterRegistry registry) {
    this.registry = registry;
    confirms =
        Timer.builder("tallo.publish.confirm")
            .description("From the acceptance of a publication to the broker's confirm")
            .register(registry);
    deliveries =
        Counter.builder("tallo.deliveries")
            .description("Messages handed out by the broker")
            .register(registry);
  }

  void watch(Broker broker) {
    Gauge.builder("tallo.broker.connected", broker, b -> b.status().connected() ? 1 : 0)
        .description("1 while both connections are open")
        .register(registry);
    Gauge.builder("tallo.broker.blocked", broker, b -> b.status().blocked() ? 1 : 0)
        .description("1 while the broker takes no publications")
        .register(registry);
    Gauge.builder("tallo.publish.in.flight", broker, b -> b.publisher().inFlight())
        .description("Publications written and not confirmed")
        .register(registry);
    Gauge.builder("tallo.publish.waiting", broker, b -> b.publisher().waiting())
        .description("Publications not written yet")
        .register(registry);
  }

  void watch(Consumer consumer) {
    consumers.put(
        consumer,
        new Gauge[] {
          Gauge.builder("tallo.consumer.prefetch", consumer, Consumer::width)
              .description("Prefetch in force, 0 while not subscribed")
              .tag("queue", consumer.queue())
              .register(registry),
          Gauge.builder("tallo.consumer.unsettled", consumer, Consumer::unsettled)
              .description("Deliveries handed out and not settled")
              .tag("queue", consumer.queue())
              .register(registry)
        });
  }

  void forget(Consumer consumer) {
    Gauge[] gauges = consumers.remove(consumer);
    if (gauges != null) {
      for (Gauge gauge : gauges) {
        registry.remove(gauge);
      }
    }
  }

  void confirmed(long nanos) {
    confirms.record(nanos, TimeUnit.NANOSECONDS);
  }

  void failed(PublishException failure) {
    failures
        .computeIfAbsent(
            failure.getClass(),
            type ->
                Counter.builder("tallo.publish.failed")
                    .description("Publications that were not confirmed, by reason")
                    .tag("reason", reason(failure))
                    .register(registry))
        .increment();
  }

  private static String reason(PublishException failure) {
    return switch (failure) {
      case PublishException.Unroutable e -> "unroutable";
      case PublishException.Rejected e -> "rejected";
      case PublishException.Unencodable e -> "unencodable";
      case PublishException.OutcomeUnknown e -> "unknown";
      case PublishException.BrokerUnavailable e -> "unavailable";
    };
  }

  void delivered() {
    deliveries.increment();
  }
}
