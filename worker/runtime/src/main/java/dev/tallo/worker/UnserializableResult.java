package dev.tallo.worker;

/** Jackson cannot write the task's return value. */
public final class UnserializableResult extends TaskFailure {
  private static final long serialVersionUID = 1L;

  public UnserializableResult(String message) {
    super(message);
  }
}
