package dev.tallo.producer.submit;

import dev.tallo.problem.FieldError;
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

  /** A request of the same id is still being answered, by this replica or another. */
  public static final class IdInUse extends SubmitException {
    public IdInUse(String id) {
      super("a request for the task '" + id + "' is still under way");
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

  /** A task cannot be run again, since another client sent it and not all of it is known. */
  public static final class NotKnown extends SubmitException {
    private final String id;

    public NotKnown(String id) {
      super("the name or the arguments of task '" + id + "' are not known");
      this.id = id;
    }

    /** The task that cannot be run again. */
    public String id() {
      return id;
    }
  }

  /** A queue that the task goes to is full. */
  public static final class QueueFull extends SubmitException {
    public QueueFull(Optional<String> queue) {
      super(
          queue
              .map(name -> "the queue '" + name + "' is full")
              .orElse("a queue that the task goes to is full"));
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
