package dev.tallo.worker.execution;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.Consumer;
import dev.tallo.messaging.broker.ConsumerOptions;
import dev.tallo.messaging.broker.Declaration;
import dev.tallo.messaging.broker.QueueSettings;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.worker.WorkerConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/**
 * What a worker takes from: a consumer for each of its queues, two for a bounded one, none for a
 * paused one.
 *
 * <p>Safe from any thread; guarded by itself.
 */
final class Subscriptions {
  private static final Logger LOG = Logger.getLogger("dev.tallo.worker");

  private final Broker broker;
  private final WorkerConfig config;
  private final Map<String, QueueSettings> queues;
  private final Intake intake;
  private final Map<String, List<Consumer>> consumers = new LinkedHashMap<>();
  private boolean started;
  private boolean stopped;

  /**
   * @param queues to take from, with their settings
   */
  Subscriptions(
      Broker broker, WorkerConfig config, Map<String, QueueSettings> queues, Intake intake) {
    this.broker = broker;
    this.config = config;
    this.queues = new LinkedHashMap<>(queues);
    this.intake = intake;
  }

  /** Begins to take, but from the paused ones. */
  synchronized void start(Predicate<String> paused) {
    if (stopped) {
      return;
    }
    started = true;
    queues.keySet().forEach(queue -> consumers.put(queue, List.of()));
    queues.keySet().stream().filter(paused.negate()).forEach(this::resume);
  }

  /** Takes nothing more from a queue and gives back what has not begun; what runs may end. */
  synchronized void pause(String queue) {
    if (!started || stopped || consumers.getOrDefault(queue, List.of()).isEmpty()) {
      return;
    }
    LOG.infof("queue '%s' is paused", queue);
    consumers
        .put(queue, List.of())
        .forEach(consumer -> consumer.retire(() -> intake.giveBack(queue)));
  }

  /** Takes from a queue again. */
  synchronized void resume(String queue) {
    if (!started || stopped || !queues.containsKey(queue) || !consumers.get(queue).isEmpty()) {
      return;
    }
    List<Consumer> opened = new ArrayList<>();
    opened.add(consume(queue, queue));
    if (queues.get(queue).bounded()) {
      opened.add(consume(Topology.dueQueue(queue), queue));
    }
    consumers.put(queue, List.copyOf(opened));
  }

  private Consumer consume(String queue, String standsFor) {
    Declaration declaration = Topology.workQueue(standsFor, queues.get(standsFor));
    Consumer consumer =
        broker.consume(
            ConsumerOptions.of(queue)
                .standingFor(standsFor)
                .declaring(declaration)
                .prefetch(config.prefetch())
                .priority(config.consumerPriority()));
    consumer
        .deliveries()
        .subscribe()
        .with(
            intake::offer,
            failure -> LOG.errorf(failure, "nothing more is taken from queue '%s'", queue));
    return consumer;
  }

  /** Takes nothing more from any queue; what was handed out can still be settled. */
  synchronized void stop() {
    stopped = true;
    all().forEach(Consumer::stop);
  }

  /** Gives back what is not settled. */
  synchronized void close() {
    all().forEach(Consumer::close);
  }

  synchronized boolean started() {
    return started;
  }

  synchronized List<Worker.Source> sources() {
    return consumers.entrySet().stream()
        .map(
            queue ->
                new Worker.Source(
                    queue.getKey(),
                    queue.getValue().stream().allMatch(Consumer::live),
                    queue.getValue().isEmpty()))
        .toList();
  }

  synchronized int unsettled() {
    return all().stream().mapToInt(Consumer::unsettled).sum();
  }

  private List<Consumer> all() {
    return consumers.values().stream().flatMap(List::stream).toList();
  }
}
