package dev.tallo.producer.results;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.Consumer;
import dev.tallo.messaging.broker.ConsumerOptions;
import dev.tallo.messaging.broker.Delivery;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.metrics.LabelNames;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.messaging.protocol.ResultCodec;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import dev.tallo.messaging.trace.TaskSpan;
import dev.tallo.producer.MetricsConfig;
import dev.tallo.producer.history.History;
import dev.tallo.producer.history.TaskOutcome;
import dev.tallo.producer.watch.Watchers;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * Takes the outcomes of tasks from their queue into the history, and wakes those who wait for them.
 * A message is acknowledged when its outcomes are committed; while the store fails they are tried
 * again, and the prefetch holds back what follows.
 */
@Singleton
public class Results {
  private static final Logger LOG = Logger.getLogger(Results.class);

  /** Messages of up to 200 outcomes each that are stored at once. */
  private static final int PREFETCH = 64;

  private static final Duration RETRY_FIRST = Duration.ofMillis(100);
  private static final Duration RETRY_CAP = Duration.ofSeconds(5);
  private static final Duration LAST_OUTCOMES = Duration.ofSeconds(5);

  private record Key(String task, State outcome) {}

  private final Broker broker;
  private final History history;
  private final Clock clock;
  private final Watchers watchers;
  private final MeterRegistry registry;
  private final LabelNames tasks;
  private final ConcurrentMap<Key, Counter> stored = new ConcurrentHashMap<>();
  private final Counter undecodable;
  private final Counter duplicate;
  private final Phaser underWay = new Phaser(1); // a party for this, and one per message
  private Optional<Consumer> consumer = Optional.empty();

  Results(
      Broker broker,
      History history,
      Watchers watchers,
      Clock clock,
      MetricsConfig metrics,
      MeterRegistry registry) {
    this.broker = broker;
    this.history = history;
    this.clock = clock;
    this.watchers = watchers;
    this.registry = registry;
    tasks = new LabelNames(metrics.maxNames());
    duplicate =
        Counter.builder("tallo.outcomes.duplicate")
            .description("Ends of tasks that another run of the same task had ended already")
            .register(registry);
    undecodable =
        Counter.builder("tallo.outcomes.undecodable")
            .description("Outcomes that could not be read")
            .register(registry);
  }

  /** Begins to consume. */
  public void start() {
    Consumer opened =
        broker.consume(
            ConsumerOptions.of(Topology.RESULTS).declaring(Topology.base()).prefetch(PREFETCH));
    consumer = Optional.of(opened);
    opened
        .deliveries()
        .subscribe()
        .with(this::store, failure -> LOG.error("the consumer of outcomes failed", failure));
  }

  /** Whether outcomes come in, as far as is known. */
  public boolean live() {
    return consumer.filter(Consumer::live).isPresent();
  }

  /** Takes no more, stores what was taken, gives back the rest. */
  public void stop() {
    consumer.ifPresent(
        open -> {
          open.stop();
          try {
            underWay.awaitAdvanceInterruptibly(
                underWay.arriveAndDeregister(), LAST_OUTCOMES.toMillis(), TimeUnit.MILLISECONDS);
          } catch (TimeoutException e) {
            LOG.warn("some outcomes were not stored in time; the broker keeps them");
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          open.close();
        });
  }

  private void store(Delivery delivery) {
    ResultCodec.Decoded decoded;
    try {
      decoded = ResultCodec.decode(delivery.message());
    } catch (UndecodableMessageException e) {
      undecodable.increment();
      LOG.warnf(
          "task %s: its outcome cannot be read and goes to the dead letters: %s",
          delivery.message().properties().getCorrelationId(), e.getMessage());
      delivery.reject();
      return;
    }
    for (String problem : decoded.problems()) {
      undecodable.increment();
      LOG.warnf("an outcome cannot be read: %s", problem);
    }
    Instant now = clock.instant();
    List<TaskOutcome> outcomes =
        decoded.outcomes().stream()
            .map(outcome -> Outcomes.of(outcome, now))
            .filter(this::hasKnowableId)
            .toList();
    if (outcomes.isEmpty()) {
      delivery.ack();
      return;
    }
    underWay.register();
    List<TaskSpan> spans =
        decoded.outcomes().stream()
            .filter(outcome -> outcome.traceparent().isPresent())
            .map(TaskSpan::store)
            .toList();
    Uni.createFrom()
        .completionStage(() -> history.record(outcomes))
        .onFailure()
        .retry()
        .withBackOff(RETRY_FIRST, RETRY_CAP)
        .until(failure -> delivery.open())
        .subscribe()
        .with(
            duplicates -> {
              delivery.ack();
              duplicate.increment(duplicates);
              outcomes.forEach(this::count);
              tell(outcomes);
              spans.forEach(TaskSpan::end);
              underWay.arriveAndDeregister();
            },
            failure -> {
              LOG.warnf("%d outcomes were not stored; the broker keeps them", outcomes.size());
              delivery.requeue();
              spans.forEach(span -> span.fail(failure.getClass().getName()));
              underWay.arriveAndDeregister();
            });
  }

  private void count(TaskOutcome outcome) {
    String task = outcome.name().map(tasks::of).orElse("unknown");
    stored.computeIfAbsent(new Key(task, outcome.state()), this::counter).increment();
  }

  private Counter counter(Key key) {
    return Counter.builder("tallo.outcomes.stored")
        .description("Outcomes of tasks written to the history, whatever worker they come from")
        .tags("task", key.task, "outcome", key.outcome.name())
        .register(registry);
  }

  /** Of an id that no task of ours can have, nobody could ask. */
  private boolean hasKnowableId(TaskOutcome outcome) {
    if (Names.isTaskId(outcome.id())) {
      return true;
    }
    undecodable.increment();
    LOG.warn("an outcome is ignored: its task's id has characters that none may have");
    return false;
  }

  private void tell(List<TaskOutcome> outcomes) {
    List<String> ended = new ArrayList<>(outcomes.size());
    for (TaskOutcome outcome : outcomes) {
      if (outcome.ended()) {
        ended.add(outcome.id());
      } else {
        watchers.changed(outcome.id());
      }
    }
    watchers.ended(ended);
  }
}
