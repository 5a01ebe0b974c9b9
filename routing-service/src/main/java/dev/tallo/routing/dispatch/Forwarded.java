package dev.tallo.routing.dispatch;

import com.rabbitmq.client.AMQP;
import dev.tallo.messaging.broker.DeadLetters;
import dev.tallo.messaging.broker.Delay;
import dev.tallo.messaging.broker.Delivery;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.messaging.protocol.TaskHeaders;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;

/**
 * Copies of a message for its way on: the same bytes, and the same properties but those that would
 * do harm a second time.
 *
 * <ul>
 *   <li>Headers of the broker's dead-lettering: it would take a later pass for a cycle and drop the
 *       message.
 *   <li>{@code CC} and {@code BCC}: the broker delivers to those routing keys as well, and has done
 *       so.
 *   <li>{@code user_id}: the broker closes the channel of a publisher with another name.
 * </ul>
 */
final class Forwarded {
  /** Header of a parked message: the exchange it was published to. */
  static final String EXCHANGE = "x-tallo-exchange";

  /** Header of a parked message: the routing key it was published with. */
  static final String ROUTING_KEY = "x-tallo-routing-key";

  /** Header of a message that waits for its time under a rate limit: the bucket it drew from. */
  static final String RATE_SLOT = "x-tallo-rate-slot";

  /** Header of a message that waits for its full queue, and whose mirrored copy was sent. */
  static final String MIRRORED = "x-tallo-mirrored";

  private static final Set<String> SELECTED_DISTRIBUTION = Set.of("CC", "BCC");

  private Forwarded() {}

  /**
   * For its work queue.
   *
   * @param priority instead of the sender's
   */
  static AmqpMessage copy(AmqpMessage message, TaskHeaders task, OptionalInt priority) {
    AMQP.BasicProperties properties = message.properties();
    AMQP.BasicProperties.Builder copy =
        properties
            .builder()
            .headers(keptHeaders(properties))
            .userId(null)
            .messageId(
                Optional.ofNullable(properties.getMessageId()).orElseGet(() -> messageId(task)));
    priority.ifPresent(copy::priority);
    return new AmqpMessage(copy.build(), message.body());
  }

  /**
   * For the delay levels, where an {@code expiration} would make it come due too early.
   *
   * @param bucket whose time was reserved for it
   * @param mirrored whether the copy for a second queue was sent
   */
  static AmqpMessage waiting(AmqpMessage message, Optional<String> bucket, boolean mirrored) {
    AMQP.BasicProperties properties = message.properties();
    Map<String, Object> headers = keptHeaders(properties);
    bucket.ifPresent(it -> headers.put(RATE_SLOT, it));
    if (mirrored) {
      headers.put(MIRRORED, true);
    }
    return new AmqpMessage(
        properties.builder().headers(headers).expiration(null).build(), message.body());
  }

  /** The bucket whose time a message has waited for, if it did. */
  static Optional<String> slotOf(Delivery delivery) {
    return noted(delivery, RATE_SLOT);
  }

  /** Whether the copy for a second queue was sent before this message waited. */
  static boolean mirroredBefore(Delivery delivery) {
    return noted(delivery, MIRRORED).isPresent();
  }

  /** Of what comes from elsewhere nothing of the kind is believed. */
  private static Optional<String> noted(Delivery delivery, String header) {
    return delivery.exchange().startsWith(Delay.LEVEL)
        ? Optional.ofNullable(delivery.message().properties().getHeaders())
            .map(headers -> headers.get(header))
            .map(Object::toString)
        : Optional.empty();
  }

  /** For the parking queue, with the reason and where it was published to. */
  static Publication parked(Delivery delivery, Parked reason, String detail) {
    AmqpMessage message = delivery.message();
    Map<String, Object> headers = keptHeaders(message.properties());
    headers.put(EXCHANGE, delivery.exchange());
    headers.put(ROUTING_KEY, delivery.routingKey());
    AMQP.BasicProperties properties =
        message.properties().builder().headers(headers).userId(null).build();
    return new Publication(
        "",
        Topology.UNROUTABLE,
        DeadLetters.withReason(
            new AmqpMessage(properties, message.body()), reason.word(), detail, "routing-service"));
  }

  private static Map<String, Object> keptHeaders(AMQP.BasicProperties properties) {
    Map<String, Object> headers =
        new HashMap<>(Optional.ofNullable(properties.getHeaders()).orElse(Map.of()));
    headers
        .keySet()
        .removeIf(
            name ->
                TaskHeaders.isBrokersOwn(name)
                    || SELECTED_DISTRIBUTION.contains(name)
                    || name.equals(RATE_SLOT)
                    || name.equals(MIRRORED));
    return headers;
  }

  /** The task's id, unless it would not fit the property's 255 bytes. */
  private static String messageId(TaskHeaders task) {
    return Names.isTaskId(task.id()) ? task.id() : UUID.randomUUID().toString();
  }
}
