package dev.tallo.worker;

/** The message asks for callbacks, a chain or a chord, which this worker does not carry out. */
public final class UnsupportedCanvas extends TaskFailure {
  private static final long serialVersionUID = 1L;

  public UnsupportedCanvas(String message) {
    super(message);
  }
}
