package dev.tallo.producer.history;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Progress that is not written yet. A short task ends before its progress would be of use: what
 * came in is held for one to two ticks, and dropped when the outcome comes in meanwhile. Events
 * that come in after their outcome (workers send them in batches) are known by the ids that ended
 * in the last ticks and dropped as well. A task that ends within moments thus costs no write but
 * that of its outcome.
 *
 * <p>Bounded: beyond {@link #MAX_HELD} tasks further progress is dropped, which events allow. Every
 * method locks this, none for longer than a look-up, but {@link #tick}.
 */
final class RecentProgress {
  /** Most tasks whose progress is held. */
  static final int MAX_HELD = 50_000;

  private Map<String, TaskProgress> held = new HashMap<>();
  private Map<String, TaskProgress> due = new HashMap<>();
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

  /** An outcome says more than the progress of its attempt. */
  synchronized void ended(Collection<TaskOutcome> outcomes) {
    for (TaskOutcome outcome : outcomes) {
      held.remove(outcome.id());
      due.remove(outcome.id());
      if (outcome.ended() && ended.size() < MAX_HELD) {
        ended.add(outcome.id());
      }
    }
  }

  synchronized Optional<TaskProgress> of(String id) {
    return Optional.ofNullable(held.get(id)).or(() -> Optional.ofNullable(due.get(id)));
  }

  /** Lets a tick pass and hands out what has been held for at least one: it is to be written. */
  synchronized List<TaskProgress> tick() {
    List<TaskProgress> overdue = new ArrayList<>(due.values());
    due = held;
    held = new HashMap<>();
    endedLongBefore = endedBefore;
    endedBefore = ended;
    ended = new HashSet<>();
    return overdue;
  }
}
