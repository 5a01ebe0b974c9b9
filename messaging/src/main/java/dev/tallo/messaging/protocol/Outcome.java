package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.OffsetDateTime;
import java.util.Optional;

/**
 * What Tallo's own worker reports of one attempt: Celery's result and what the history wants
 * besides.
 *
 * @param result Celery's result
 * @param args the positional arguments, only of a task that no Tallo producer sent: the history has
 *     them already otherwise
 * @param kwargs the arguments by name, likewise
 * @param received when the worker got the message; empty in an outcome that was read from a Celery
 *     worker's plain result
 * @param started when the attempt began; empty likewise, and if it never began
 * @param resultIgnored whether nobody wanted the result, so that the history drops it
 */
public record Outcome(
    TaskResult result,
    Optional<JsonNode> args,
    Optional<JsonNode> kwargs,
    Optional<OffsetDateTime> received,
    Optional<OffsetDateTime> started,
    boolean resultIgnored) {

  /** The outcome that a plain result tells. */
  public static Outcome of(TaskResult result) {
    return new Outcome(
        result, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), false);
  }
}
