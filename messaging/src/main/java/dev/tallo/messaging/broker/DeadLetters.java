package dev.tallo.messaging.broker;

import com.rabbitmq.client.AMQP;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.TaskHeaders;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Buries messages that cannot be worked on: a copy with the reason goes to the dead letters, and
 * only then the message is acknowledged.
 */
public final class DeadLetters {
  /** Header: why it was buried, a short fixed word such as {@code undecodable}. */
  public static final String REASON = "x-tallo-reason";

  /** Header: what was wrong with this message, for people. */
  public static final String DETAIL = "x-tallo-detail";

  /** Header: who buried it. */
  public static final String BURIED_BY = "x-tallo-buried-by";

  /** Header: when, ISO 8601. */
  public static final String BURIED_AT = "x-tallo-buried-at";

  private static final int DETAIL_MAX = 2_000;

  private final Publisher publisher;
  private final String name;

  /**
   * @param name who buries, for the operator who finds the message
   */
  public DeadLetters(Publisher publisher, String name) {
    this.publisher = publisher;
    this.name = name;
  }

  /**
   * Moves a delivery to the dead letters, trying until the deadline. When that fails the delivery
   * is given back, and so is not lost.
   */
  public Uni<Void> bury(Delivery delivery, String reason, String detail, Duration deadline) {
    Publication copy =
        new Publication(
            Topology.DEAD, delivery.queue(), withReason(delivery.message(), reason, detail, name));
    return publisher
        .publishUntil(copy, deadline)
        .invoke(delivery::ack)
        .onFailure()
        .invoke(delivery::requeue);
  }

  /**
   * A copy that says why it was put aside. Headers of the broker's own dead-lettering are left out:
   * with them the broker would take a later pass for a cycle and drop the message.
   */
  public static AmqpMessage withReason(
      AmqpMessage message, String reason, String detail, String by) {
    AMQP.BasicProperties properties = message.properties();
    Map<String, Object> headers =
        new HashMap<>(Optional.ofNullable(properties.getHeaders()).orElse(Map.of()));
    headers.keySet().removeIf(TaskHeaders::isBrokersOwn);
    headers.put(REASON, reason);
    headers.put(
        DETAIL, detail.length() <= DETAIL_MAX ? detail : detail.substring(0, DETAIL_MAX) + "...");
    headers.put(BURIED_BY, by);
    headers.put(BURIED_AT, Instant.now().toString());
    return new AmqpMessage(
        properties
            .builder()
            .headers(headers)
            .deliveryMode(2)
            .expiration(null)
            .messageId(
                Optional.ofNullable(properties.getMessageId())
                    .orElseGet(() -> UUID.randomUUID().toString()))
            .build(),
        message.body());
  }
}
