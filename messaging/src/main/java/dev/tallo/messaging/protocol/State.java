package dev.tallo.messaging.protocol;

/** The states of a task, with Celery's names ({@code celery/states.py}). */
public enum State {
  /** Submitted, or unknown. */
  PENDING,
  /** A worker has it. */
  RECEIVED,
  /** It runs. */
  STARTED,
  /** The attempt failed; the next one is on its way. */
  RETRY,
  SUCCESS,
  FAILURE,
  /** Cancelled, or expired before it ran. */
  REVOKED,
  /** The worker gave it back or sent it to the dead letters. */
  REJECTED,
  /** The task asked that nothing be recorded. */
  IGNORED;

  /** Whether nothing more comes of the task: Celery's {@code READY_STATES}. */
  public boolean isReady() {
    return this == SUCCESS || this == FAILURE || this == REVOKED;
  }

  /** Whether the result is a {@link TaskException}: Celery's {@code EXCEPTION_STATES}. */
  public boolean isException() {
    return this == RETRY || this == FAILURE || this == REVOKED;
  }
}
