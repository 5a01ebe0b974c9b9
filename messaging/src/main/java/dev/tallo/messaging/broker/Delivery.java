package dev.tallo.messaging.broker;

import dev.tallo.messaging.protocol.AmqpMessage;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * A message that was handed out and has to be settled: {@link #ack()}, {@link #requeue()} or {@link
 * #reject()}. The first of them counts, further ones do nothing. Settling is safe from any thread,
 * never blocks, and does nothing when the channel that delivered the message is gone: the broker
 * has then given it back itself.
 */
public interface Delivery {
  AmqpMessage message();

  /** The queue it was taken from, or the one that this stands for. */
  String queue();

  /** The exchange it was published to; empty for the default exchange. */
  String exchange();

  String routingKey();

  /** Whether the broker may have handed it out before. */
  boolean redelivered();

  /** How often a quorum queue has handed it out before, as the broker counts; 0 at first. */
  long deliveryCount();

  /**
   * What its body had in bytes where it was too large to be read ({@link
   * BrokerOptions#maxInboundBody}) and the message has but its head; empty otherwise. Only
   * consumers that ask for such messages get them ({@link ConsumerOptions#withHeads}).
   */
  default OptionalLong wholeSize() {
    return OptionalLong.empty();
  }

  /** When it arrived here. */
  Instant received();

  /** It was dealt with: the broker may forget it. */
  void ack();

  /** Gives it back to be delivered again. */
  void requeue();

  /** Refuses it: it goes to the queue's dead letters. */
  void reject();

  /** Whether it can still be settled, that is, its channel lives and it is not settled. */
  boolean open();
}
