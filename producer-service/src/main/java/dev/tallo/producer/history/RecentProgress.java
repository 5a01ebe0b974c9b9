package dev.tallo.producer.history;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Progress that is not written yet. A short task ends before its progress would be of use: what
 * came in is held for one to two ticks, and dropped when the outcome comes in meanwhile. Events
 * that come in after their outcome (workers send them in batches) are known by the ids that ended
 * in the last ticks and dropped as well. A task that ends within moments thus costs no write but
 * that of its outcome.
 *
 * <p>What was handed out to be written, or gave way to an outcome, is seen until the one or the
 * other is committed: nobody finds a task where it was before.
 *
 * <p>Bounded: beyond {@link #MAX_HELD} tasks further progress is dropped, which events allow, and
 * nothing is handed out while a write is under way. Every method locks this, none for longer than a
 * look-up for each task that it is given, but {@link #tick}.
 */
final class RecentProgress {
  /** Most tasks whose progress is held. */
  static final int MAX_HELD = 50_000;

  private Map<String, TaskProgress> held = new HashMap<>();
  private Map<String, TaskProgress> due = new HashMap<>();
  private Map<String, TaskProgress> beingWritten = Map.of();
  private final Map<String, TaskProgress> givingWay = new HashMap<>();
  private Set<String> ended = new HashSet<>();
  private Set<String> endedBefore = new HashSet<>();
  private Set<String> endedLongBefore = new HashSet<>();

  synchronized void add(TaskProgress progress) {
    String id = progress.id();
    if (ended.contains(id) || endedBefore.contains(id) || endedLongBefore.contains(id)) {
      return;
    }
    TaskProgress before = due.get(id);
    if (before != null) {
      due.put(id, before.and(progress));
    } else if (held.size() < MAX_HELD || held.containsKey(id)) {
      held.merge(id, progress, TaskProgress::and);
    }
  }

  /** Outcomes that are about to be recorded: they say more than the progress of their attempts. */
  synchronized void ended(Collection<TaskOutcome> outcomes) {
    for (TaskOutcome outcome : outcomes) {
      giveWay(due, outcome);
      giveWay(held, outcome);
      if (outcome.ended() && ended.size() < MAX_HELD) {
        ended.add(outcome.id());
      }
    }
  }

  private void giveWay(Map<String, TaskProgress> some, TaskOutcome outcome) {
    TaskProgress progress = some.get(outcome.id());
    if (progress != null && !progress.isAfter(outcome)) {
      some.remove(outcome.id());
      givingWay.merge(outcome.id(), progress, TaskProgress::and);
    }
  }

  /** These outcomes were recorded; or they could not be, and what gave way is held again. */
  synchronized void recorded(Collection<TaskOutcome> outcomes, boolean done) {
    for (TaskOutcome outcome : outcomes) {
      TaskProgress gaveWay = givingWay.remove(outcome.id());
      if (gaveWay != null && !done) {
        held.merge(outcome.id(), gaveWay, TaskProgress::and);
      }
    }
  }

  /** What is known of an attempt, and perhaps not written yet. */
  synchronized Optional<TaskProgress> of(String id) {
    return Stream.of(beingWritten.get(id), givingWay.get(id), due.get(id), held.get(id))
        .filter(Objects::nonNull)
        .reduce(TaskProgress::and);
  }

  /**
   * Lets a tick pass and hands out what has been held for at least one: it is to be written, and
   * {@link #written} told then. None passes while a write is under way.
   */
  synchronized List<TaskProgress> tick() {
    if (!beingWritten.isEmpty()) {
      return List.of();
    }
    beingWritten = due;
    due = held;
    held = new HashMap<>();
    endedLongBefore = endedBefore;
    endedBefore = ended;
    ended = new HashSet<>();
    return List.copyOf(beingWritten.values());
  }

  /** What the last tick handed out was written, or could not be. */
  synchronized void written() {
    beingWritten = Map.of();
  }

  /** Hands out all that is left, at the end. */
  synchronized List<TaskProgress> rest() {
    List<TaskProgress> rest = new ArrayList<>(due.values());
    rest.addAll(held.values());
    return rest;
  }
}
