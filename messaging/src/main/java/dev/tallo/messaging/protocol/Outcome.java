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
 * @param nextAttempt in state {@link State#RETRY}, when the next attempt is due; empty in every
 *     other state, and from workers that do not tell
 * @param traceparent the span that the attempt was in, as in W3C Trace Context; empty if it was in
 *     none
 */
public record Outcome(
    TaskResult result,
    Optional<JsonNode> args,
    Optional<JsonNode> kwargs,
    Optional<OffsetDateTime> received,
    Optional<OffsetDateTime> started,
    boolean resultIgnored,
    Optional<OffsetDateTime> nextAttempt,
    Optional<String> traceparent) {

  /** An outcome that no other attempt follows, of an attempt in no trace. */
  public Outcome(
      TaskResult result,
      Optional<JsonNode> args,
      Optional<JsonNode> kwargs,
      Optional<OffsetDateTime> received,
      Optional<OffsetDateTime> started,
      boolean resultIgnored) {
    this(
        result, args, kwargs, received, started, resultIgnored, Optional.empty(), Optional.empty());
  }

  /** The same without what the task was called with. */
  Outcome withoutArguments() {
    return new Outcome(
        result,
        Optional.empty(),
        Optional.empty(),
        received,
        started,
        resultIgnored,
        nextAttempt,
        traceparent);
  }

  /** The same with the time at which the next attempt is due. */
  public Outcome nextAttempt(OffsetDateTime at) {
    return new Outcome(
        result, args, kwargs, received, started, resultIgnored, Optional.of(at), traceparent);
  }

  /** The outcome that a plain result tells. */
  public static Outcome of(TaskResult result) {
    return new Outcome(
        result, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), false);
  }
}
