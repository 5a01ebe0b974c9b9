package dev.tallo.producer.history;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * A message that nobody works on, as it was taken from its queue.
 *
 * @param fingerprint the same for the same message whenever it is delivered, and for no other
 * @param queue where it was waiting, or was to go; the name of the parking queue if that is not
 *     known
 * @param task the task's name, if it could be read
 * @param taskId the task's id, likewise
 * @param reason a short fixed word, such as {@code delivery_limit} or {@code undecodable}
 * @param detail what was wrong, for people
 * @param buriedBy who put it aside, if it was not the broker
 * @param properties JSON object of its AMQP properties, headers among them
 * @param body as it was received
 * @param bodySize what the body had in bytes, more than is kept if it was too large
 */
public record DeadLetter(
    String fingerprint,
    Source source,
    String queue,
    Optional<String> task,
    Optional<String> taskId,
    String reason,
    Optional<String> detail,
    Optional<String> buriedBy,
    Instant diedAt,
    String exchange,
    String routingKey,
    String properties,
    byte[] body,
    long bodySize) {

  /** Where it was taken from. */
  public enum Source {
    /** The dead letters of work queues. */
    DEAD,
    /** The tasks that no rule takes. */
    UNROUTABLE,
    /** What came due for a queue that is not there. */
    UNDELIVERABLE;

    /** As it is stored and shown. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
