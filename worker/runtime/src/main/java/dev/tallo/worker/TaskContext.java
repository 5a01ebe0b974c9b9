package dev.tallo.worker;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a task may know of its own run: declare a parameter of this type anywhere, or inject it into
 * any bean or interceptor. The injected one tells of the task that runs in the request context of
 * the moment; where none does, its methods throw {@code IllegalStateException}.
 */
public interface TaskContext {

  /** The task's id, the same on every attempt: the key by which work is made idempotent. */
  String id();

  /** The task's name. */
  String name();

  /** Which attempt this is, from 1; a redelivery after a crash does not count. */
  int attempt();

  /** The queue that it was taken from. */
  String queue();

  /**
   * The headers that the sender added, without Celery's and the broker's own. Values are {@code
   * String, Boolean, Number, List, Map, Instant, byte[]} or null.
   */
  Map<String, @Nullable Object> headers();

  /**
   * When the result stops being of use: the earliest of the sender's {@code expires} and the start
   * of this attempt plus its time limit (the soft one, else the hard one); none if it gave neither.
   */
  Optional<Instant> deadline();

  /**
   * Whether the broker handed the message out before, so that this run may repeat work that was
   * done already.
   */
  boolean redelivered();

  /** The first task of the workflow that this one belongs to; its own id if there is none. */
  String rootId();

  /** The task that sent this one. */
  Optional<String> parentId();

  /** The group that this task is a part of. */
  Optional<String> groupId();

  /**
   * Tells those who watch how far the task has come: {@code progress(3, 10, "fetching")}. Cheap
   * enough for every step of a loop: at most every 200 ms the last value is published as an event,
   * and the very last one always before the task ends. Calls after its end do nothing. As with all
   * events, loss is possible and harmless.
   *
   * @param done of {@code total}, in any unit: 0 to {@code total}
   * @param total finite and more than 0
   * @param note what it does at the moment; cut after 500 characters
   * @throws IllegalArgumentException if {@code done} or {@code total} is out of bounds
   */
  void progress(double done, double total, @Nullable String note);

  /** As {@link #progress(double, double, String)}, without a note. */
  default void progress(double done, double total) {
    progress(done, total, null);
  }
}
