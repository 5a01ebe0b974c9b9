package dev.tallo.worker.execution;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tallo.messaging.protocol.TaskException;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Makes of a Java exception what a Celery result tells of one. */
final class Failures {
  static final int LONGEST_MESSAGE = 8 * 1024;
  static final int LONGEST_TRACEBACK = 32 * 1024;

  /** Celery's answer to a task that was not run before its time was over. */
  static final TaskException EXPIRED =
      TaskException.of("TaskRevokedError", "expired", "celery.exceptions");

  private Failures() {}

  /** Celery's answer to a task that was revoked before it was run. */
  static final TaskException REVOKED =
      TaskException.of("TaskRevokedError", "revoked", "celery.exceptions");

  /** Celery's answer to a task that was revoked while it ran. */
  static final TaskException TERMINATED =
      TaskException.of("TaskRevokedError", "terminated", "celery.exceptions");

  /** Celery's answer to a task that the worker does not have. */
  static TaskException notRegistered(String task) {
    return TaskException.of("NotRegistered", task, "celery.exceptions");
  }

  /** What the task itself threw, out of what futures wrap around it. */
  static Throwable cause(Throwable thrown) {
    Throwable cause = thrown;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** Type, message and package. */
  static TaskException describe(Throwable thrown) {
    Class<?> type = thrown.getClass();
    ArrayNode arguments = JsonNodeFactory.instance.arrayNode(1);
    String message = message(thrown);
    if (!message.isEmpty()) {
      arguments.add(cut(message, LONGEST_MESSAGE));
    }
    String simpleName = type.getSimpleName();
    return new TaskException(
        simpleName.isEmpty()
            ? type.getName().substring(type.getPackageName().length() + 1)
            : simpleName,
        arguments,
        type.getPackageName());
  }

  /** The stack trace as Java prints it, its causes included; none if the exception has none. */
  static Optional<String> traceback(Throwable thrown) {
    if (thrown.getStackTrace().length == 0 && thrown.getCause() == null) {
      return Optional.empty();
    }
    Cut text = new Cut();
    try (PrintWriter writer = new PrintWriter(text)) {
      thrown.printStackTrace(writer);
    } catch (RuntimeException e) {
      // An exception that cannot even print itself: what it printed so far is what there is.
      return Optional.of(text.toString());
    }
    return Optional.of(text.toString());
  }

  private static String message(Throwable thrown) {
    try {
      String message = thrown.getMessage();
      return message == null ? "" : message;
    } catch (RuntimeException e) {
      return "(its message failed with " + e.getClass().getName() + ")";
    }
  }

  private static String cut(String text, int longest) {
    return text.length() <= longest ? text : text.substring(0, longest) + "...";
  }

  /** Keeps the first {@link #LONGEST_TRACEBACK} characters. */
  private static final class Cut extends Writer {
    private final StringBuilder text = new StringBuilder();

    @Override
    public void write(char[] buffer, int offset, int length) {
      int room = LONGEST_TRACEBACK - text.length();
      if (room > 0) {
        text.append(buffer, offset, Math.min(room, length));
        if (length >= room) {
          text.append("...");
        }
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
