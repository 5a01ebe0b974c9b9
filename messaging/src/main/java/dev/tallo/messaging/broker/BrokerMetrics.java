package dev.tallo.messaging.broker;

import dev.tallo.messaging.metrics.Buckets;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;

/**
 * What can be seen of a {@link Broker}: {@code tallo_broker_connected}, {@code
 * tallo_broker_blocked}, {@code tallo_publish_confirm_seconds} (from acceptance to confirm), {@code
 * tallo_publish_failed_total} by reason, {@code tallo_publish_in_flight}, {@code
 * tallo_publish_waiting}, {@code tallo_deliveries_total}, and by queue {@code
 * tallo_consumer_prefetch} and {@code tallo_consumer_unsettled}.
 */
final class BrokerMetrics {
  private enum Reason {
    UNROUTABLE,
    REJECTED,
    UNENCODABLE,
    UNKNOWN,
    UNAVAILABLE
  }

  private final MeterRegistry registry;
  private final Timer confirms;
  private final Counter deliveries;
  private final Map<Reason, Counter> failures = new EnumMap<>(Reason.class);
  private final Map<String, Set<Consumer>> consumers = new HashMap<>(); // guarded by this
  private final Map<String, List<Gauge>> gauges = new HashMap<>(); // guarded by this

  BrokerMetrics(MeterRegistry registry) {
    this.registry = registry;
    confirms =
        Buckets.ofRequests(Timer.builder("tallo.publish.confirm"))
            .description("From the acceptance of a publication to the broker's confirm")
            .register(registry);
    deliveries =
        Counter.builder("tallo.deliveries")
            .description("Messages handed out by the broker")
            .register(registry);
    for (Reason reason : Reason.values()) {
      failures.put(
          reason,
          Counter.builder("tallo.publish.failed")
              .description("Publications that were not confirmed, by reason")
              .tag("reason", reason.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
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

  /** Of one queue there may be several: one that is retired goes on while its tasks run. */
  synchronized void watch(Consumer consumer) {
    String queue = consumer.queue();
    Set<Consumer> all = consumers.get(queue);
    if (all == null) {
      all = ConcurrentHashMap.newKeySet();
      consumers.put(queue, all);
      gauges.put(
          queue,
          List.of(
              Gauge.builder("tallo.consumer.prefetch", all, sum(Consumer::width))
                  .description("Prefetch in force, 0 while not subscribed")
                  .tag("queue", queue)
                  .register(registry),
              Gauge.builder("tallo.consumer.unsettled", all, sum(Consumer::unsettled))
                  .description("Deliveries handed out and not settled")
                  .tag("queue", queue)
                  .register(registry)));
    }
    all.add(consumer);
  }

  private static ToDoubleFunction<Set<Consumer>> sum(ToIntFunction<Consumer> of) {
    return all -> all.stream().mapToInt(of).sum();
  }

  synchronized void forget(Consumer consumer) {
    Set<Consumer> all = consumers.get(consumer.queue());
    if (all != null && all.remove(consumer) && all.isEmpty()) {
      consumers.remove(consumer.queue());
      gauges.remove(consumer.queue()).forEach(registry::remove);
    }
  }

  void confirmed(long nanos) {
    confirms.record(nanos, TimeUnit.NANOSECONDS);
  }

  void failed(PublishException failure) {
    failures.get(reason(failure)).increment();
  }

  private static Reason reason(PublishException failure) {
    return switch (failure) {
      case PublishException.Unroutable e -> Reason.UNROUTABLE;
      case PublishException.Rejected e -> Reason.REJECTED;
      case PublishException.Unencodable e -> Reason.UNENCODABLE;
      case PublishException.OutcomeUnknown e -> Reason.UNKNOWN;
      case PublishException.BrokerUnavailable e -> Reason.UNAVAILABLE;
    };
  }

  void delivered() {
    deliveries.increment();
  }
}
