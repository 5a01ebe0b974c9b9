package dev.tallo.producer.history;

import dev.tallo.messaging.protocol.State;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What became of one attempt of a task.
 *
 * @param name the task's name, if the report has it
 * @param state a state that is ready, or RETRY, REJECTED, IGNORED
 * @param queue where it waited
 * @param args JSON array, only of a task that the history does not know yet
 * @param kwargs JSON object, likewise
 * @param finished when the attempt ended
 * @param result JSON
 * @param nextAttempt in state RETRY, when the next attempt is due
 */
public record TaskOutcome(
    String id,
    Optional<String> name,
    State state,
    Optional<String> queue,
    Optional<String> args,
    Optional<String> kwargs,
    OptionalInt retries,
    Optional<String> worker,
    Optional<Instant> received,
    Optional<Instant> started,
    Instant finished,
    Optional<String> result,
    Optional<TaskError> error,
    Relations relations,
    Optional<Instant> nextAttempt) {

  /** Whether nothing more is to come of the task. */
  public boolean ended() {
    return StoredTask.ended(state);
  }

  /** The tasks that it belongs with. */
  public record Relations(
      Optional<String> parentId, Optional<String> rootId, Optional<String> groupId) {
    /** None. */
    public static final Relations NONE =
        new Relations(Optional.empty(), Optional.empty(), Optional.empty());
  }
}
