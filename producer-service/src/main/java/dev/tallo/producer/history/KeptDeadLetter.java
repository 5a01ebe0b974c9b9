package dev.tallo.producer.history;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A dead letter that is kept, without its body.
 *
 * @param seq its place, ascending by the time at which it was taken
 * @param bodySize what the body had in bytes
 * @param bodyKept how many of them are kept
 * @param attempts how often the task was begun, as far as is known
 * @param worker the worker that had it last
 * @param error why the latest attempt failed
 */
public record KeptDeadLetter(
    long seq,
    DeadLetter.Source source,
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
    long bodySize,
    long bodyKept,
    OptionalInt attempts,
    Optional<String> worker,
    Optional<TaskError> error) {

  /** Whether only the head of its body is kept. */
  public boolean truncated() {
    return bodyKept < bodySize;
  }
}
