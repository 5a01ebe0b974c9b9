package dev.tallo.worker.connection;

import dev.tallo.messaging.broker.QueueSettings;
import io.quarkus.runtime.annotations.ConfigPhase;
import io.quarkus.runtime.annotations.ConfigRoot;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithParentName;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How the queues are made that a worker takes from, by their names: {@code
 * tallo.queue.reports.max-length}. Of a queue that is there already, its own settings count: the
 * broker changes none.
 */
@ConfigMapping(prefix = "tallo.queue")
@ConfigRoot(phase = ConfigPhase.RUN_TIME)
public interface QueueConfig {
  /** The queues with settings of their own, a name with dots in quotes. */
  @WithParentName
  Map<String, Queue> queues();

  /** How one queue is made. */
  interface Queue {
    /**
     * {@code quorum} (replicated, with a delivery limit and the broker's own priorities) or {@code
     * classic} (on one node, with {@code max-priority}).
     */
    @WithDefault("quorum")
    QueueSettings.Type type();

    /**
     * Most messages that wait in it, 1 or more; a submission beyond is answered 429. What is
     * delayed or retried was accepted before and is not refused. Default: no bound.
     */
    OptionalLong maxLength();

    /** Most bytes of their bodies, likewise. Default: no bound. */
    Optional<MemorySize> maxLengthBytes();

    /**
     * How often a message may be handed out and come back before it is a dead letter, 1 or more; of
     * quorum queues only. Large, since work that is given back at a shutdown counts as well.
     */
    @WithDefault("20")
    int deliveryLimit();

    /** The highest priority that is told apart, 1 to 255; of classic queues only. Default: none. */
    OptionalInt maxPriority();

    /**
     * How long the broker waits for a task to end before it hands it out again, 1 minute or more;
     * RabbitMQ before 3.12 takes no notice. Default: the broker's, which is 30 minutes.
     */
    Optional<Duration> consumerTimeout();
  }

  /**
   * The settings of a queue.
   *
   * @throws IllegalArgumentException that names what contradicts itself or is out of bounds
   */
  default QueueSettings settings(String name) {
    Queue queue = queues().get(name);
    return queue == null
        ? QueueSettings.DEFAULT
        : new QueueSettings(
            queue.type(),
            queue.maxLength(),
            queue
                .maxLengthBytes()
                .map(size -> OptionalLong.of(size.asLongValue()))
                .orElse(OptionalLong.empty()),
            queue.deliveryLimit(),
            queue.maxPriority(),
            queue.consumerTimeout());
  }
}
