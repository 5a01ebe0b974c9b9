package dev.tallo.producer.deadletter;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.Consumer;
import dev.tallo.messaging.broker.ConsumerOptions;
import dev.tallo.messaging.broker.Delay;
import dev.tallo.messaging.broker.Delivery;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.metrics.LabelNames;
import dev.tallo.producer.MetricsConfig;
import dev.tallo.producer.history.DeadLetter;
import dev.tallo.producer.history.DeadLetter.Source;
import dev.tallo.producer.history.DeadLetterStore;
import dev.tallo.producer.watch.Watchers;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * Takes dead letters from their queues into the history. A letter is acknowledged when it is
 * committed; while the store fails it is tried again, and the prefetch holds back what follows, so
 * that the rest stays in the broker. Of a message that is too large to be read its head is kept,
 * and the broker moves it to {@link Topology#DEAD_OVERSIZE}. Each queue has a connection of its
 * own, which a message may end that cannot be read at all.
 */
@Singleton
public class DeadLetterTaker {
  private static final Logger LOG = Logger.getLogger(DeadLetterTaker.class);

  /** Few, since each may have as many bytes as the client reads. */
  private static final int PREFETCH = 2;

  private static final Duration RETRY_FIRST = Duration.ofMillis(100);
  private static final Duration RETRY_CAP = Duration.ofSeconds(5);
  private static final Duration LAST_LETTERS = Duration.ofSeconds(3);

  private final Broker broker;
  private final DeadLetterStore store;
  private final Watchers watchers;
  private final MeterRegistry registry;
  private final LabelNames queues;
  private final LabelNames reasons;
  private final Phaser underWay = new Phaser(1); // a party for this, and one per letter
  private final Map<Source, Consumer> consumers = new EnumMap<>(Source.class);

  DeadLetterTaker(
      Broker broker,
      DeadLetterStore store,
      Watchers watchers,
      MetricsConfig metrics,
      MeterRegistry registry) {
    this.broker = broker;
    this.store = store;
    this.watchers = watchers;
    this.registry = registry;
    queues = new LabelNames(metrics.maxNames());
    reasons = new LabelNames(metrics.maxNames());
  }

  /** Begins to take. */
  public void start() {
    take(Topology.DEAD, Source.DEAD);
    take(Topology.UNROUTABLE, Source.UNROUTABLE);
    take(Delay.UNDELIVERABLE, Source.UNDELIVERABLE);
  }

  private void take(String queue, Source source) {
    Consumer consumer =
        broker.consumeApart(
            ConsumerOptions.of(queue).declaring(Topology.base()).prefetch(PREFETCH).withHeads());
    consumers.put(source, consumer);
    consumer
        .deliveries()
        .subscribe()
        .with(
            delivery -> keep(delivery, source),
            failure -> LOG.errorf(failure, "the consumer of '%s' failed", queue));
  }

  /** Whether dead letters come in, as far as is known. */
  public boolean live() {
    return !consumers.isEmpty() && consumers.values().stream().allMatch(Consumer::live);
  }

  /** Takes no more, keeps what was taken, gives back the rest. */
  public void stop() {
    consumers.values().forEach(Consumer::stop);
    try {
      underWay.awaitAdvanceInterruptibly(
          underWay.arriveAndDeregister(), LAST_LETTERS.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.warn("some dead letters were not stored in time; the broker keeps them");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    consumers.values().forEach(Consumer::close);
  }

  private void keep(Delivery delivery, Source source) {
    Examination.Finding finding = Examination.of(delivery, source);
    DeadLetter letter = finding.letter();
    underWay.register();
    Uni.createFrom()
        .completionStage(() -> store.take(letter, finding.end()))
        .onFailure()
        .retry()
        .withBackOff(RETRY_FIRST, RETRY_CAP)
        .until(failure -> delivery.open())
        .subscribe()
        .with(
            kept -> {
              if (delivery.wholeSize().isPresent()) {
                delivery.reject(); // whole, to where it waits for its deletion
              } else {
                delivery.ack();
              }
              if (kept.added()) {
                count(letter);
                LOG.warnf(
                    "a dead letter from '%s' (%s): task %s, %s%s",
                    letter.queue(),
                    source.word(),
                    letter.taskId().orElse("unknown"),
                    letter.reason(),
                    letter.detail().map(detail -> ": " + detail).orElse(""));
              }
              if (kept.ended()) {
                letter.taskId().ifPresent(id -> watchers.ended(List.of(id)));
              }
              underWay.arriveAndDeregister();
            },
            failure -> {
              LOG.warnf("a dead letter was not stored; the broker keeps it: %s", failure);
              delivery.requeue();
              underWay.arriveAndDeregister();
            });
  }

  private void count(DeadLetter letter) {
    Counter.builder("tallo.dead-letters.taken")
        .description("Messages that nobody works on, taken into the history")
        .tags(
            "source", letter.source().word(),
            "queue", queues.of(letter.queue()),
            "reason", reasons.of(letter.reason()))
        .register(registry)
        .increment();
  }
}
