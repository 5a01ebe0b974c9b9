package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What became of a task: the meta that Celery's result backends keep ({@code
 * celery/backends/base.py}).
 *
 * @param taskId the task
 * @param state what it is now
 * @param result the value; in a state with {@link State#isException()} the exception object, see
 *     {@link TaskException#from}
 * @param traceback the stack trace as text
 * @param children the tasks that it sent, in Celery's tuple form {@code [[id, parent], children]}
 * @param dateDone when it ended
 * @param extended what only some senders tell
 */
public record TaskResult(
    String taskId,
    State state,
    JsonNode result,
    Optional<String> traceback,
    List<JsonNode> children,
    Optional<OffsetDateTime> dateDone,
    Extended extended) {

  public TaskResult {
    children = List.copyOf(children);
  }

  /** The exception object, in a state that has one. */
  public Optional<TaskException> exception() {
    return state.isException() ? TaskException.from(result) : Optional.empty();
  }

  /**
   * What Celery tells with {@code result_extended}, and of the task's relations.
   *
   * @param name the task's name
   * @param worker the node that ran it
   * @param retries how many attempts went before
   * @param queue where it waited
   * @param groupId the group that it is a part of
   * @param parentId the task that sent it
   * @param rootId the first task of the tree; Tallo's own field
   */
  public record Extended(
      Optional<String> name,
      Optional<String> worker,
      OptionalInt retries,
      Optional<String> queue,
      Optional<String> groupId,
      Optional<String> parentId,
      Optional<String> rootId) {

    /** Nothing told. */
    public static final Extended NONE =
        new Extended(
            Optional.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
  }
}
