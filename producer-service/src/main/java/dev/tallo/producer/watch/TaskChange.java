package dev.tallo.producer.watch;

import dev.tallo.messaging.protocol.State;
import dev.tallo.producer.history.Progress;
import dev.tallo.producer.history.StoredTask;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Something that happened to a task, as its row in the history tells it.
 *
 * @param place where it stands among all that happens to the task
 * @param state what the task came to be
 * @param at when
 * @param progress if it is about how far the attempt has come
 * @param task as it was when this was told
 */
public record TaskChange(
    Place place, State state, Instant at, Optional<Progress> progress, StoredTask task) {

  /** Whether nothing more is to come. */
  public boolean last() {
    return progress.isEmpty() && task.ended() && state == task.state();
  }

  /**
   * Everything that happened to the task as far as its row still tells: all of its latest attempt.
   * The same row gives the same places on every replica, so that one replica can go on where
   * another has stopped.
   */
  static List<TaskChange> of(StoredTask task) {
    List<TaskChange> changes = new ArrayList<>(5);
    changes.add(state(task, new Place(0, 0, 0), State.PENDING, task.submitted()));
    int attempt = task.retries();
    Optional<Instant> received = task.received();
    received.ifPresent(
        at -> changes.add(state(task, new Place(attempt, 1, 0), State.RECEIVED, at)));
    // A time before this attempt was received is that of the attempt before it.
    task.started()
        .filter(at -> received.isEmpty() || !at.isBefore(received.get()))
        .ifPresent(at -> changes.add(state(task, new Place(attempt, 2, 0), State.STARTED, at)));
    task.progress()
        .ifPresent(
            progress ->
                changes.add(
                    new TaskChange(
                        new Place(
                            attempt, 3, ChronoUnit.MICROS.between(Instant.EPOCH, progress.at())),
                        State.STARTED,
                        progress.at(),
                        Optional.of(progress),
                        task)));
    if (task.state() == State.RETRY || task.ended()) {
      changes.add(
          state(
              task,
              new Place(attempt, task.ended() ? 5 : 4, 0),
              task.state(),
              task.finished().orElse(task.submitted())));
    }
    return changes;
  }

  private static TaskChange state(StoredTask task, Place place, State state, Instant at) {
    return new TaskChange(place, state, at, Optional.empty(), task);
  }

  /**
   * A place among the changes of a task, ascending; as text the id of a server-sent event.
   *
   * @param attempt how many attempts went before
   * @param rank of the change within the attempt
   * @param micros of the time, for progress, of which an attempt may tell any number of times
   */
  public record Place(int attempt, int rank, long micros) implements Comparable<Place> {
    /** Before everything. */
    public static final Place START = new Place(-1, 0, 0);

    private static final Comparator<Place> ORDER =
        Comparator.comparingInt(Place::attempt)
            .thenComparingInt(Place::rank)
            .thenComparingLong(Place::micros);

    /** The place that a text tells; empty if it tells none. */
    public static Optional<Place> parse(String text) {
      String[] parts = text.split("-", -1);
      if (parts.length != 3) {
        return Optional.empty();
      }
      try {
        return Optional.of(
            new Place(
                Integer.parseUnsignedInt(parts[0]),
                Integer.parseUnsignedInt(parts[1]),
                Long.parseUnsignedLong(parts[2])));
      } catch (NumberFormatException e) {
        return Optional.empty();
      }
    }

    @Override
    public int compareTo(Place other) {
      return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
      return attempt + "-" + rank + "-" + micros;
    }
  }
}
