package dev.tallo.producer.history;

import dev.tallo.messaging.protocol.State;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the history knows of a task.
 *
 * @param seq its place, ascending by time of submission
 * @param name absent while only a nameless report of a task sent by others came in
 * @param submitted when it was taken; when the history first heard of it, if others sent it
 * @param args JSON array; absent if others sent it and nobody told
 * @param kwargs JSON object, likewise
 * @param headers JSON object of the sender's own headers
 * @param finished when the latest attempt ended
 * @param result JSON
 */
public record StoredTask(
    long seq,
    String id,
    Optional<String> name,
    State state,
    Optional<String> queue,
    OptionalInt priority,
    Optional<String> args,
    Optional<String> kwargs,
    Optional<String> headers,
    Optional<Instant> expires,
    boolean ignoreResult,
    int retries,
    Optional<String> worker,
    Instant submitted,
    Optional<Instant> received,
    Optional<Instant> started,
    Optional<Instant> finished,
    Optional<String> result,
    Optional<TaskError> error,
    TaskOutcome.Relations relations) {

  /** Whether nothing more is to come of it. */
  public boolean ended() {
    return ended(state);
  }

  static boolean ended(State state) {
    return switch (state) {
      case PENDING, RECEIVED, STARTED, RETRY -> false;
      case SUCCESS, FAILURE, REVOKED, REJECTED, IGNORED -> true;
    };
  }

  /** With progress that is not written yet, by the rules of {@link HistorySql#ADVANCE}. */
  StoredTask with(TaskProgress progress) {
    Instant latest = progress.latest();
    if (ended()
        || finished.filter(f -> !latest.isAfter(f)).isPresent()
        || started.filter(latest::isBefore).isPresent()) {
      return this;
    }
    return new StoredTask(
        seq,
        id,
        name.or(progress::name),
        progress.running() ? State.STARTED : State.RECEIVED,
        queue,
        priority,
        args,
        kwargs,
        headers,
        expires,
        ignoreResult,
        retries,
        Optional.of(progress.worker()),
        submitted,
        progress.received().or(() -> received),
        progress.started().or(() -> started),
        finished,
        result,
        error,
        relations);
  }

  /** A task of which nothing but this progress is known. */
  static StoredTask of(TaskProgress progress, long seq) {
    return new StoredTask(
        seq,
        progress.id(),
        progress.name(),
        progress.running() ? State.STARTED : State.RECEIVED,
        Optional.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        0,
        Optional.of(progress.worker()),
        Sequence.timeOf(seq),
        progress.received(),
        progress.started(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        TaskOutcome.Relations.NONE);
  }
}
