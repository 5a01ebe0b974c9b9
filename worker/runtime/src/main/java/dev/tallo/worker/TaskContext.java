package dev.tallo.worker;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a task may know of its own run: declare a parameter of this type anywhere. */
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
}
