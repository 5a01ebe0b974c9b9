package dev.tallo.messaging.broker;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How a work queue is made. One with a bound of its length has a second one beside it for what
 * comes due ({@link Topology#dueQueue}), which was accepted before: a queue that refused it would
 * stop all delays. Of a queue that exists already with other settings, those that it has count: the
 * broker changes none of them.
 *
 * @param type default {@link Type#QUORUM}
 * @param maxLength most messages in it; one more is refused, and the submission answered 429.
 *     Default: none. 1 or more
 * @param maxLengthBytes most bytes of their bodies, likewise. Default: none. 1 or more
 * @param deliveryLimit how often a message may be handed out and come back before it is a dead
 *     letter, 1 or more. Default {@value #DEFAULT_DELIVERY_LIMIT}: large, since work that is given
 *     back at a shutdown counts as well. Of quorum queues only; a classic one hands out without end
 * @param maxPriority the highest priority that is told apart, 1 to 255, of classic queues only:
 *     quorum queues have the broker's own levels. Default: none, so all are alike
 * @param consumerTimeout how long the broker waits for an acknowledgement before it takes the
 *     message back, 1 minute or more; RabbitMQ before 3.12 takes no notice. Default: the broker's,
 *     30 minutes
 */
public record QueueSettings(
    Type type,
    OptionalLong maxLength,
    OptionalLong maxLengthBytes,
    int deliveryLimit,
    OptionalInt maxPriority,
    Optional<Duration> consumerTimeout) {
  static final int DEFAULT_DELIVERY_LIMIT = 20;

  /** The kinds of queue. */
  public enum Type {
    /** Replicated over the nodes of the broker, with a delivery limit. */
    QUORUM,
    /** On one node, with as many priorities as {@link #maxPriority} says. */
    CLASSIC
  }

  /** A quorum queue without bounds. */
  public static final QueueSettings DEFAULT =
      new QueueSettings(
          Type.QUORUM,
          OptionalLong.empty(),
          OptionalLong.empty(),
          DEFAULT_DELIVERY_LIMIT,
          OptionalInt.empty(),
          Optional.empty());

  private static final Duration SHORTEST_CONSUMER_TIMEOUT = Duration.ofMinutes(1);

  public QueueSettings {
    require(
        maxLength.isEmpty() || maxLength.getAsLong() >= 1,
        "max-length is %s: it must be 1 or more".formatted(maxLength));
    require(
        maxLengthBytes.isEmpty() || maxLengthBytes.getAsLong() >= 1,
        "max-length-bytes is %s: it must be 1 or more".formatted(maxLengthBytes));
    require(
        deliveryLimit >= 1, "delivery-limit is %d: it must be 1 or more".formatted(deliveryLimit));
    require(
        maxPriority.isEmpty() || maxPriority.getAsInt() >= 1 && maxPriority.getAsInt() <= 255,
        "max-priority is %s: it must be 1 to 255".formatted(maxPriority));
    require(
        maxPriority.isEmpty() || type == Type.CLASSIC,
        "max-priority is for classic queues: a quorum queue has the broker's own levels");
    require(
        deliveryLimit == DEFAULT_DELIVERY_LIMIT || type == Type.QUORUM,
        "delivery-limit is for quorum queues: a classic queue has none");
    require(
        consumerTimeout.isEmpty()
            || consumerTimeout.get().compareTo(SHORTEST_CONSUMER_TIMEOUT) >= 0,
        "consumer-timeout is %s: it must be %s or more"
            .formatted(consumerTimeout, SHORTEST_CONSUMER_TIMEOUT));
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /** Whether it refuses what exceeds a length. */
  public boolean bounded() {
    return maxLength.isPresent() || maxLengthBytes.isPresent();
  }

  /** The same without a bound of its length. */
  QueueSettings unbounded() {
    return new QueueSettings(
        type,
        OptionalLong.empty(),
        OptionalLong.empty(),
        deliveryLimit,
        maxPriority,
        consumerTimeout);
  }

  /** The arguments that it is declared with. */
  Map<String, Object> arguments() {
    Map<String, Object> arguments = new HashMap<>();
    // What exceeds the length is refused rather than dropped.
    arguments.put("x-overflow", "reject-publish");
    maxLength.ifPresent(most -> arguments.put("x-max-length", most));
    maxLengthBytes.ifPresent(most -> arguments.put("x-max-length-bytes", most));
    consumerTimeout.ifPresent(most -> arguments.put("x-consumer-timeout", most.toMillis()));
    switch (type) {
      case QUORUM -> {
        arguments.put("x-queue-type", "quorum");
        arguments.put("x-delivery-limit", deliveryLimit);
        arguments.put("x-dead-letter-strategy", "at-least-once");
      }
      case CLASSIC -> {
        arguments.put("x-queue-type", "classic");
        maxPriority.ifPresent(most -> arguments.put("x-max-priority", most));
      }
    }
    return arguments;
  }
}
