package dev.tallo.client;

import dev.tallo.messaging.protocol.State;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What became of a task.
 *
 * @param id of the task
 * @param state a final one: SUCCESS, FAILURE, REVOKED, REJECTED or IGNORED
 * @param value what it returned; null if that is null, or if it did not succeed
 * @param failure why it did not succeed
 * @param worker the node that ran it, where it says so
 * @param retries how many attempts went before, where it says so
 */
public record TaskResult<T extends @Nullable Object>(
    String id,
    State state,
    @Nullable T value,
    Optional<Failure> failure,
    Optional<String> worker,
    OptionalInt retries) {

  /**
   * Why a task did not succeed.
   *
   * @param type the exception's type, as the worker names it
   * @param message what it said
   * @param traceback the stack trace as text
   */
  public record Failure(String type, String message, Optional<String> traceback) {}

  /** Whether it did what it was to do. */
  public boolean succeeded() {
    return state == State.SUCCESS;
  }

  /**
   * What it returned.
   *
   * @throws TaskFailedException if it did not succeed
   */
  public @Nullable T valueOrThrow() {
    if (!succeeded()) {
      throw new TaskFailedException(
          id, state, failure.orElse(new Failure(state.name(), "", Optional.empty())));
    }
    return value;
  }
}
