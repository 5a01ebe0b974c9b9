package dev.tallo.routing.rule;

/** The store cannot be asked now; trying again may help. */
public final class StoreUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StoreUnavailableException(Exception why) {
    super("the store does not answer: " + why.getMessage(), why);
  }
}
