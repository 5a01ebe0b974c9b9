package dev.tallo.producer.deadletter;

/** Why a dead letter could not be sent again, or deleted. */
public final class RedriveException extends RuntimeException {
  /** The kinds of reason. */
  public enum Kind {
    /** It cannot be sent as things are: its queue is gone, say. */
    REFUSED,
    /** Its queue is full. */
    FULL,
    /** The broker takes nothing now. */
    BROKER_AWAY
  }

  private final Kind kind;

  private RedriveException(Kind kind, String message) {
    super(message, null, false, false);
    this.kind = kind;
  }

  static RedriveException refused(String why) {
    return new RedriveException(Kind.REFUSED, why);
  }

  static RedriveException full(String queue) {
    return new RedriveException(Kind.FULL, "the queue '" + queue + "' is full");
  }

  static RedriveException away(String why) {
    return new RedriveException(Kind.BROKER_AWAY, why);
  }

  public Kind kind() {
    return kind;
  }

  boolean brokerAway() {
    return kind == Kind.BROKER_AWAY;
  }
}
