package dev.tallo.producer.submit;

import java.util.List;
import java.util.Optional;

/** Why a task was not taken. */
public abstract sealed class SubmitException extends RuntimeException {
  private SubmitException(String message) {
    super(message, null, false, false);
  }

  /** The request is not a task. */
  public static final class InvalidTask extends SubmitException {
    private final transient List<FieldError> errors;

    public InvalidTask(List<FieldError> errors) {
      super("the task is not valid");
      this.errors = List.copyOf(errors);
    }

    public InvalidTask(String field, String message) {
      this(List.of(new FieldError(field, message)));
    }

    public List<FieldError> errors() {
      return errors;
    }
  }

  /** The request is larger than a task may be. */
  public static final class TooLarge extends SubmitException {
    public TooLarge(long most) {
      super("a task has at most %,d bytes (tallo.http.max-task)".formatted(most));
    }
  }

  /** The history knows a task of the id that the request gives. */
  public static final class IdUsed extends SubmitException {
    private final String id;

    public IdUsed(String id) {
      super("a task with the id '" + id + "' was submitted before");
      this.id = id;
    }

    public String id() {
      return id;
    }
  }

  /** The idempotency key belongs to a request with another body. */
  public static final class KeyReused extends SubmitException {
    private final String id;

    public KeyReused(String id) {
      super("another task was submitted with this Idempotency-Key");
      this.id = id;
    }

    /** The task of the key. */
    public String id() {
      return id;
    }
  }

  /** A request of the same idempotency key is still being answered. */
  public static final class KeyInUse extends SubmitException {
    public KeyInUse() {
      super("a request with this Idempotency-Key is still under way");
    }
  }

  /** The request names a queue that is not there. */
  public static final class UnknownQueue extends SubmitException {
    private final String queue;

    public UnknownQueue(String queue) {
      super("there is no queue '" + queue + "'");
      this.queue = queue;
    }

    public String queue() {
      return queue;
    }
  }

  /** The broker or the history takes nothing now. */
  public static final class Unavailable extends SubmitException {
    private final transient Optional<String> unknownId;

    private Unavailable(String message, Optional<String> unknownId) {
      super(message);
      this.unknownId = unknownId;
    }

    /** Nothing was published and nothing is remembered. */
    public static Unavailable notTaken(String why) {
      return new Unavailable(why, Optional.empty());
    }

    /** It was sent to the broker, which has not said whether it has it. */
    public static Unavailable unknown(String id, String why) {
      return new Unavailable(why, Optional.of(id));
    }

    /** The task that may have been taken nevertheless; empty if it certainly was not. */
    public Optional<String> unknownId() {
      return unknownId;
    }
  }
}
