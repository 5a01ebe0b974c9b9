package dev.tallo.messaging.control;

import dev.tallo.messaging.protocol.Rate;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A command to all workers. Of several with one subject (a task's id, a queue, a task's name) the
 * one that was issued last holds, in whatever order they are read: a command may be written again
 * as it is, to outlive the retention of the stream.
 */
public sealed interface ControlCommand {
  /** When it was issued, by the clock of who issued it; to the microsecond on the wire. */
  Instant issuedAt();

  /**
   * A task is not to be run, and not to be retried.
   *
   * @param terminate whether an attempt that runs is interrupted
   */
  record Revoke(String taskId, boolean terminate, Instant issuedAt) implements ControlCommand {}

  /** Nothing is to be taken from a queue. */
  record PauseQueue(String queue, Instant issuedAt) implements ControlCommand {}

  /** A queue is to be taken from again. */
  record ResumeQueue(String queue, Instant issuedAt) implements ControlCommand {}

  /**
   * What each worker may do of a task, instead of what its configuration says; both empty: as its
   * configuration says.
   *
   * @param concurrency attempts at once, 1 or more
   * @param rate starts in a time
   */
  record LimitTask(String task, OptionalInt concurrency, Optional<Rate> rate, Instant issuedAt)
      implements ControlCommand {}

  /** A reader's own mark: when it comes by, everything before it has been read. */
  record Mark(String id, Instant issuedAt) implements ControlCommand {}
}
