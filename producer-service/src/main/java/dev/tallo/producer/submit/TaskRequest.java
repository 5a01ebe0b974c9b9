package dev.tallo.producer.submit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;

/**
 * A task as someone wants it, checked.
 *
 * @param id given by the caller; one is made otherwise
 * @param queue a queue by name; the routing decides otherwise
 * @param headers text, truth values, integers of 32 bits and floating-point numbers
 */
public record TaskRequest(
    Optional<String> id,
    String task,
    ArrayNode args,
    ObjectNode kwargs,
    Optional<String> queue,
    int priority,
    Optional<Expiry> expires,
    Map<String, Object> headers,
    boolean ignoreResult) {

  /** Until when the task is to be begun. */
  public sealed interface Expiry {
    /** The time, for a task that is submitted now. */
    OffsetDateTime from(OffsetDateTime now);

    /** At that time. */
    record At(OffsetDateTime time) implements Expiry {
      @Override
      public OffsetDateTime from(OffsetDateTime now) {
        return time;
      }
    }

    /** So long after the submission. */
    record In(Duration duration) implements Expiry {
      @Override
      public OffsetDateTime from(OffsetDateTime now) {
        return now.plus(duration);
      }
    }
  }
}
