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
 * @param progress how far the latest attempt has come
 * @param finished when the latest attempt ended
 * @param result JSON
 * @param callbackUrl who is told of its end
 * @param nextAttempt when it is due again, after an attempt that is to be retried
 * @param revocation that it was revoked, which a worker may not have come upon yet
 * @param rerunOf the task that it runs again
 * @param spooled whether it waits here for the broker
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
    Optional<Instant> eta,
    Optional<Instant> expires,
    TaskLimits limits,
    boolean ignoreResult,
    int retries,
    Optional<String> worker,
    Instant submitted,
    Optional<Instant> received,
    Optional<Instant> started,
    Optional<Progress> progress,
    Optional<Instant> finished,
    Optional<String> result,
    Optional<TaskError> error,
    Optional<String> callbackUrl,
    TaskOutcome.Relations relations,
    Optional<Instant> nextAttempt,
    Optional<Revocation> revocation,
    Optional<String> rerunOf,
    boolean spooled) {

  /**
   * That a task was revoked.
   *
   * @param terminate whether an attempt that runs is interrupted
   */
  public record Revocation(Instant at, boolean terminate) {}

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
  StoredTask with(TaskProgress recent) {
    Instant latest = recent.latest();
    if (ended()
        || (recent.retries().isPresent() && recent.retries().getAsInt() < retries)
        || finished.filter(f -> !latest.isAfter(f)).isPresent()
        || started.filter(latest::isBefore).isPresent()) {
      return this;
    }
    return new StoredTask(
        seq,
        id,
        name.or(recent::name),
        recent.running() ? State.STARTED : State.RECEIVED,
        queue,
        priority,
        args,
        kwargs,
        headers,
        eta,
        expires,
        limits,
        ignoreResult,
        recent.retries().orElse(retries),
        Optional.of(recent.worker()),
        submitted,
        recent.received().or(() -> received),
        recent.started().or(() -> started),
        recent.progress().or(() -> progress),
        finished,
        result,
        error,
        callbackUrl,
        relations,
        nextAttempt,
        revocation,
        rerunOf,
        false);
  }

  /** A task of which nothing but this progress is known. */
  static StoredTask of(TaskProgress recent, long seq) {
    return new StoredTask(
        seq,
        recent.id(),
        recent.name(),
        recent.running() ? State.STARTED : State.RECEIVED,
        Optional.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        TaskLimits.NONE,
        false,
        recent.retries().orElse(0),
        Optional.of(recent.worker()),
        Sequence.timeOf(seq),
        recent.received(),
        recent.started(),
        recent.progress(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        TaskOutcome.Relations.NONE,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false);
  }
}
