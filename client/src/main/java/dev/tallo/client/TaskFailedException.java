package dev.tallo.client;

import dev.tallo.messaging.protocol.State;

/** A task ended without success. */
public final class TaskFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String id;
  private final State state;
  private final transient TaskResult.Failure failure;

  TaskFailedException(String id, State state, TaskResult.Failure failure) {
    super("task %s: %s: %s".formatted(id, failure.type(), failure.message()));
    this.id = id;
    this.state = state;
    this.failure = failure;
  }

  /** Of the task. */
  public String id() {
    return id;
  }

  /** FAILURE, REVOKED, REJECTED or IGNORED. */
  public State state() {
    return state;
  }

  /** The worker's exception. */
  public TaskResult.Failure failure() {
    return failure;
  }
}
