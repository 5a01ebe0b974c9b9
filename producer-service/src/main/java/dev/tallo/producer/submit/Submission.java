package dev.tallo.producer.submit;

import dev.tallo.messaging.protocol.State;

/** What became of one submitted task. */
public sealed interface Submission {

  /**
   * The history knows it, and the broker has it.
   *
   * @param spooled whether it waits in the history instead, until the broker takes it
   */
  record Accepted(String id, String task, boolean spooled) implements Submission {}

  /** An earlier request of the same idempotency key submitted it. */
  record Replayed(String id, String task) implements Submission {}

  /** It was not taken, since this one of the same unique key has not ended. */
  record Duplicate(String id, String task, State state) implements Submission {}

  /** It was not taken, or it is not known whether it was. */
  record Refused(SubmitException why) implements Submission {}
}
