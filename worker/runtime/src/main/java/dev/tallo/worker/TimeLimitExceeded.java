package dev.tallo.worker;

/** An attempt was given up at its time limit. */
public final class TimeLimitExceeded extends TaskFailure {
  private static final long serialVersionUID = 1L;

  public TimeLimitExceeded(String message) {
    super(message);
  }
}
