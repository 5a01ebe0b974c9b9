package dev.tallo.worker;

/** An attempt was interrupted at its soft time limit, and ended by that. */
public final class SoftTimeLimitExceeded extends TaskFailure {
  private static final long serialVersionUID = 1L;

  public SoftTimeLimitExceeded(String message, Throwable interruption) {
    super(message, interruption);
  }
}
