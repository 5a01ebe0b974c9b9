package dev.tallo.worker;

/** The arguments do not fit the task's parameters: one is missing, surplus or of another type. */
public final class InvalidArguments extends TaskFailure {
  private static final long serialVersionUID = 1L;

  public InvalidArguments(String message) {
    super(message);
  }
}
