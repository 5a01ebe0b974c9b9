package dev.tallo.worker;

/** The result, as JSON, is larger than {@code tallo.worker.max-result}. */
public final class ResultTooLarge extends TaskFailure {
  private static final long serialVersionUID = 1L;

  public ResultTooLarge(String message) {
    super(message);
  }
}
