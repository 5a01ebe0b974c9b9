package dev.tallo.messaging.control;

import dev.tallo.messaging.control.ControlCommand.LimitTask;
import dev.tallo.messaging.control.ControlCommand.Mark;
import dev.tallo.messaging.control.ControlCommand.PauseQueue;
import dev.tallo.messaging.control.ControlCommand.ResumeQueue;
import dev.tallo.messaging.control.ControlCommand.Revoke;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What holds after the commands that were read: of each subject the one that was issued last.
 * Bounded: of the revoked tasks the {@value #MAX_REVOKED} that were read last, and as many queues
 * and task names as {@value #MAX_NAMES}.
 *
 * <p>Safe from any thread; {@code lock} guards the fields.
 */
public final class ControlState {
  /** Most revoked tasks that are remembered. */
  public static final int MAX_REVOKED = 100_000;

  private static final int MAX_NAMES = 10_000;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Revoke> revoked = newest(MAX_REVOKED);
  private final Map<String, ControlCommand> queues = newest(MAX_NAMES);
  private final Map<String, LimitTask> limits = newest(MAX_NAMES);

  private static <T> Map<String, T> newest(int most) {
    return new LinkedHashMap<>() {
      @Override
      protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
        return size() > most;
      }
    };
  }

  /** Takes a command; false if a later one of its subject holds already. */
  public boolean apply(ControlCommand command) {
    lock.lock();
    try {
      return switch (command) {
        case Revoke revoke -> put(revoked, revoke.taskId(), revoke);
        case PauseQueue pause -> put(queues, pause.queue(), pause);
        case ResumeQueue resume -> put(queues, resume.queue(), resume);
        case LimitTask limit -> put(limits, limit.task(), limit);
        case Mark ignored -> false;
      };
    } finally {
      lock.unlock();
    }
  }

  private static <T extends ControlCommand> boolean put(
      Map<String, T> held, String subject, T command) {
    T before = held.get(subject);
    if (before != null && before.issuedAt().isAfter(command.issuedAt())) {
      return false;
    }
    held.put(subject, command);
    return true;
  }

  /** How a task was revoked, if it was. */
  public Optional<Revoke> revocation(String taskId) {
    lock.lock();
    try {
      return Optional.ofNullable(revoked.get(taskId));
    } finally {
      lock.unlock();
    }
  }

  /** Whether nothing is to be taken from this queue. */
  public boolean paused(String queue) {
    lock.lock();
    try {
      return queues.get(queue) instanceof PauseQueue;
    } finally {
      lock.unlock();
    }
  }

  /** The paused queues and since when, by name. */
  public Map<String, Instant> pausedQueues() {
    lock.lock();
    try {
      Map<String, Instant> paused = new TreeMap<>();
      queues.forEach(
          (queue, last) -> {
            if (last instanceof PauseQueue) {
              paused.put(queue, last.issuedAt());
            }
          });
      return paused;
    } finally {
      lock.unlock();
    }
  }

  /** The limits in force for a task, where they differ from the workers' configuration. */
  public Optional<LimitTask> limit(String task) {
    lock.lock();
    try {
      return Optional.ofNullable(limits.get(task))
          .filter(limit -> limit.concurrency().isPresent() || limit.rate().isPresent());
    } finally {
      lock.unlock();
    }
  }

  /** All limits that were given, also those that were taken back, by the task's name. */
  public Map<String, LimitTask> limits() {
    lock.lock();
    try {
      return new TreeMap<>(limits);
    } finally {
      lock.unlock();
    }
  }

  /** Of each queue the last command, to be written again before the stream forgets it. */
  public Map<String, ControlCommand> queues() {
    lock.lock();
    try {
      return new TreeMap<>(queues);
    } finally {
      lock.unlock();
    }
  }
}
