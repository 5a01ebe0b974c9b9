package dev.tallo.routing.rule;

/** A rule asks for arguments, and the message's body cannot be read. */
public final class UnreadableArgumentsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UnreadableArgumentsException(Exception why) {
    super(why.getMessage(), why);
  }
}
