package dev.tallo.worker;

/**
 * A failure that the worker itself states, not the task's code. Clients see the class's simple name
 * as the exception's type. It has no stack trace, because the message says it all.
 */
public abstract sealed class TaskFailure extends RuntimeException
    permits InvalidArguments,
        ResultTooLarge,
        SoftTimeLimitExceeded,
        TimeLimitExceeded,
        UnserializableResult,
        UnsupportedCanvas {
  private static final long serialVersionUID = 1L;

  TaskFailure(String message) {
    super(message, null, false, false);
  }

  TaskFailure(String message, Throwable cause) {
    super(message, cause, false, false);
  }
}
