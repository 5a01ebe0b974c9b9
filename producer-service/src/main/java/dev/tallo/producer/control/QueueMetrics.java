package dev.tallo.producer.control;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.Delay;
import dev.tallo.messaging.broker.QueueDepth;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.metrics.LabelNames;
import dev.tallo.producer.MetricsConfig;
import dev.tallo.producer.Paced;
import dev.tallo.producer.history.History;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jboss.logging.Logger;

/**
 * How much waits in each queue and for how long, looked up now and then: the broker is asked for
 * what is ready and who consumes, the history for the oldest task that is due and has not begun.
 *
 * <p>Every replica looks, so that the figures do not depend on one that may die; whoever sums over
 * replicas takes the maximum. What could not be looked up is not told: no figure is older than a
 * look.
 */
@Singleton
public class QueueMetrics {
  private static final Logger LOG = Logger.getLogger(QueueMetrics.class);

  /** The queues of our own, where what waits means that a service does not keep up. */
  private static final List<String> OWN =
      List.of(
          Topology.RESULTS,
          Topology.UNROUTED,
          Topology.UNROUTABLE,
          Topology.DEAD,
          Delay.UNDELIVERABLE);

  /** The value of the label for tasks that name no queue and whose name has not gone to one yet. */
  static final String NOT_ROUTED = "not-routed";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration OWN_WITHIN = Duration.ofSeconds(2);

  private final Queues queues;
  private final History history;
  private final Broker broker;
  private final MetricsConfig config;
  private final Clock clock;
  private final MultiGauge ready;
  private final MultiGauge consumers;
  private final MultiGauge paused;
  private final MultiGauge oldest;
  private final Paced looks;

  QueueMetrics(
      Queues queues,
      History history,
      Broker broker,
      MetricsConfig config,
      Clock clock,
      MeterRegistry registry) {
    this.queues = queues;
    this.history = history;
    this.broker = broker;
    this.config = config;
    this.clock = clock;
    Duration interval = config.queueInterval();
    if (interval.compareTo(Duration.ofSeconds(1)) < 0
        || interval.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException(
          "tallo.metrics.queue-interval is %s, but has to be PT1S to PT1H".formatted(interval));
    }
    ready =
        MultiGauge.builder("tallo.queue.ready")
            .description("Messages in the queue that no worker holds")
            .register(registry);
    consumers =
        MultiGauge.builder("tallo.queue.consumers")
            .description("Consumers that the broker knows of the queue")
            .register(registry);
    paused =
        MultiGauge.builder("tallo.queue.paused")
            .description("1 while the queue is paused by command")
            .register(registry);
    oldest =
        MultiGauge.builder("tallo.queue.oldest")
            .description("How long the oldest task has been due without having begun")
            .baseUnit("seconds")
            .register(registry);
    looks = new Paced("queue-metrics", interval, this::look);
  }

  /** Begins to look. */
  public void start() {
    looks.start();
  }

  /** Looks no more. */
  public void stop() {
    looks.stop();
  }

  /** One look. */
  private void look() {
    lookAtBroker();
    lookAtHistory();
  }

  private void lookAtBroker() {
    List<Queues.KnownQueue> known = new ArrayList<>();
    try {
      known.addAll(queues.all().await().atMost(PATIENCE));
      for (String queue : OWN) {
        if (broker.status().connected()) {
          Optional<QueueDepth> depth = broker.depth(queue).await().atMost(OWN_WITHIN);
          known.add(new Queues.KnownQueue(queue, depth, Optional.empty(), List.of()));
        }
      }
    } catch (RuntimeException e) {
      LOG.debug("not all queues could be looked at", e);
    }
    // Where there are more queues than may be told apart, those in which most waits are.
    known.sort(
        Comparator.comparing(
                (Queues.KnownQueue queue) -> queue.depth().map(QueueDepth::ready).orElse(0L))
            .reversed());
    LabelNames names = new LabelNames(config.maxNames());
    OWN.forEach(names::of);
    Map<String, Long> messages = new TreeMap<>();
    Map<String, Integer> takers = new TreeMap<>();
    Map<String, Integer> resting = new TreeMap<>();
    for (Queues.KnownQueue queue : known) {
      String name = names.of(queue.name());
      queue
          .depth()
          .ifPresent(
              depth -> {
                messages.merge(name, depth.ready(), Long::sum);
                takers.merge(name, depth.consumers(), Integer::sum);
                resting.merge(name, queue.pausedSince().isPresent() ? 1 : 0, Integer::max);
              });
    }
    show(ready, messages);
    show(consumers, takers);
    show(paused, resting);
  }

  private void lookAtHistory() {
    Map<String, Double> ages = new TreeMap<>();
    try {
      Instant now = clock.instant();
      LabelNames names = new LabelNames(config.maxNames());
      history.oldestWaiting().await().atMost(PATIENCE).entrySet().stream()
          .sorted(Map.Entry.comparingByValue())
          .forEach(
              entry ->
                  ages.merge(
                      entry.getKey().map(names::of).orElse(NOT_ROUTED),
                      Math.max(0, Duration.between(entry.getValue(), now).toMillis() / 1000.0),
                      Math::max));
    } catch (RuntimeException e) {
      LOG.debug("the oldest tasks could not be looked up", e);
    }
    show(oldest, ages);
  }

  private static void show(MultiGauge gauge, Map<String, ? extends Number> values) {
    List<Row<?>> rows = new ArrayList<>(values.size());
    values.forEach((queue, value) -> rows.add(Row.of(Tags.of("queue", queue), value)));
    gauge.register(rows, true);
  }
}
