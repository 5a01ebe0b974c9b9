package dev.tallo.client;

/**
 * What became of a task is not known here: it has not ended in time, the client was closed, or the
 * result cannot be read. The task may run still, and the history may know more of it.
 */
public final class ResultUnknownException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String id;

  ResultUnknownException(String id, String why) {
    super("task %s: its result is not known: %s".formatted(id, why), null, false, false);
    this.id = id;
  }

  /** Of the task. */
  public String id() {
    return id;
  }
}
