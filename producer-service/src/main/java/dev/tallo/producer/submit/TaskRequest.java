package dev.tallo.producer.submit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.producer.history.NewTask;
import dev.tallo.producer.history.TaskLimits;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;

/**
 * A task as someone wants it, checked.
 *
 * @param id given by the caller; one is made otherwise
 * @param queue a queue by name; the routing decides otherwise
 * @param eta when it is to be begun at the earliest; at once otherwise
 * @param expires when it is to be begun at the latest
 * @param headers text, truth values, integers of 32 bits and floating-point numbers
 * @param callbackUrl who is to be told of its end
 * @param unique no other task of its name and key beside it
 * @param rerun which task it runs again
 */
public record TaskRequest(
    Optional<String> id,
    String task,
    ArrayNode args,
    ObjectNode kwargs,
    Optional<String> queue,
    int priority,
    Optional<Moment> eta,
    Optional<Moment> expires,
    Map<String, Object> headers,
    TaskLimits limits,
    boolean ignoreResult,
    Optional<String> callbackUrl,
    Optional<Unique> unique,
    Optional<NewTask.Rerun> rerun) {

  /** The same with these headers instead. */
  TaskRequest withHeaders(Map<String, Object> others) {
    return new TaskRequest(
        id,
        task,
        args,
        kwargs,
        queue,
        priority,
        eta,
        expires,
        others,
        limits,
        ignoreResult,
        callbackUrl,
        unique,
        rerun);
  }

  /**
   * Until a task has ended, no other of its name and key is taken.
   *
   * @param atMost not longer than this
   */
  public record Unique(String key, Duration atMost) {}

  /** A point in time, given as such or from the submission on. */
  public sealed interface Moment {
    /** The time, for a task that is submitted now. */
    OffsetDateTime from(OffsetDateTime now);

    /** At that time. */
    record At(OffsetDateTime time) implements Moment {
      @Override
      public OffsetDateTime from(OffsetDateTime now) {
        return time;
      }
    }

    /** So long after the submission. */
    record In(Duration duration) implements Moment {
      @Override
      public OffsetDateTime from(OffsetDateTime now) {
        return now.plus(duration);
      }
    }
  }
}
