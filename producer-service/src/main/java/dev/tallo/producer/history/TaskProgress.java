package dev.tallo.producer.history;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An attempt is under way: what a worker's events tell of it until its outcome.
 *
 * @param name the task's name, where the event has it
 * @param worker the node that tells it
 * @param retries how many attempts went before, where the event has it
 * @param received when it got the message
 * @param started when the attempt began
 * @param progress how far it has come
 */
public record TaskProgress(
    String id,
    Optional<String> name,
    String worker,
    OptionalInt retries,
    Optional<Instant> received,
    Optional<Instant> started,
    Optional<Progress> progress) {

  public TaskProgress {
    if (received.isEmpty() && started.isEmpty() && progress.isEmpty()) {
      throw new IllegalArgumentException("progress needs a time");
    }
  }

  /** A worker has the task. */
  public static TaskProgress received(
      String id, Optional<String> name, String worker, OptionalInt retries, Instant at) {
    return new TaskProgress(
        id, name, worker, retries, Optional.of(at), Optional.empty(), Optional.empty());
  }

  /** An attempt began. */
  public static TaskProgress started(String id, String worker, Instant at) {
    return new TaskProgress(
        id,
        Optional.empty(),
        worker,
        OptionalInt.empty(),
        Optional.empty(),
        Optional.of(at),
        Optional.empty());
  }

  /** An attempt has come so far. */
  public static TaskProgress reached(
      String id, String worker, OptionalInt retries, Progress progress) {
    return new TaskProgress(
        id,
        Optional.empty(),
        worker,
        retries,
        Optional.empty(),
        Optional.empty(),
        Optional.of(progress));
  }

  /** The latest time that it tells. */
  Instant latest() {
    return ran()
        .filter(at -> received.isEmpty() || !received.get().isAfter(at))
        .or(() -> received)
        .orElseThrow();
  }

  /** The last sign of a run. */
  private Optional<Instant> ran() {
    return progress.map(Progress::at).or(() -> started);
  }

  /** Whether it is of an attempt that comes after the one of this outcome, as far as both tell. */
  boolean isAfter(TaskOutcome outcome) {
    return !outcome.ended()
        && retries.isPresent()
        && outcome.retries().isPresent()
        && retries.getAsInt() > outcome.retries().getAsInt();
  }

  /**
   * Both of one task as one; the later one counts where they differ, and of two attempts nothing
   * but the later one does.
   */
  TaskProgress and(TaskProgress other) {
    if (retries.isPresent()
        && other.retries.isPresent()
        && retries.getAsInt() != other.retries.getAsInt()) {
      return retries.getAsInt() > other.retries.getAsInt() ? this : other;
    }
    TaskProgress last = other.latest().isBefore(latest()) ? this : other;
    TaskProgress first = last == this ? other : this;
    return new TaskProgress(
        id,
        last.name.or(() -> first.name),
        last.worker,
        last.retries.isPresent() ? last.retries : first.retries,
        last.received.or(() -> first.received),
        last.started.or(() -> first.started),
        last.progress.or(() -> first.progress));
  }

  /** Whether the attempt runs, as far as this tells; it waits in its worker otherwise. */
  boolean running() {
    return ran().filter(latest()::equals).isPresent();
  }
}
