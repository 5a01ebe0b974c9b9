package dev.tallo.producer.history;

import java.time.Instant;
import java.util.Optional;

/**
 * An attempt is under way: what a worker's events tell of it until its outcome.
 *
 * @param name the task's name, where the event has it
 * @param worker the node that tells it
 * @param received when it got the message
 * @param started when the attempt began
 */
public record TaskProgress(
    String id,
    Optional<String> name,
    String worker,
    Optional<Instant> received,
    Optional<Instant> started) {

  public TaskProgress {
    if (received.isEmpty() && started.isEmpty()) {
      throw new IllegalArgumentException("progress needs a time");
    }
  }

  /** The latest time that it tells. */
  Instant latest() {
    return started
        .filter(s -> received.isEmpty() || !received.get().isAfter(s))
        .or(() -> received)
        .orElseThrow();
  }

  /** Both of one task as one; the later one counts where they differ. */
  TaskProgress and(TaskProgress other) {
    TaskProgress last = other.latest().isBefore(latest()) ? this : other;
    TaskProgress first = last == this ? other : this;
    return new TaskProgress(
        id,
        last.name.or(() -> first.name),
        last.worker,
        last.received.or(() -> first.received),
        last.started.or(() -> first.started));
  }

  /** Whether the attempt runs, as far as this tells; it waits in its worker otherwise. */
  boolean running() {
    return started.isPresent() && latest().equals(started.get());
  }
}
