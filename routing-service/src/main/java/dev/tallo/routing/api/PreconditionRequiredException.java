package dev.tallo.routing.api;

/** A change has to say what it starts from. */
final class PreconditionRequiredException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PreconditionRequiredException() {
    super(
        "Send If-Match with the ETag that you read, so that nobody's change is undone unseen; or"
            + " 'If-Match: *'.");
  }
}
