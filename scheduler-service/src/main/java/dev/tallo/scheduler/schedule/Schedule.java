package dev.tallo.scheduler.schedule;

import java.time.Instant;
import java.util.Optional;

/**
 * A schedule as it is stored.
 *
 * @param definition as it was written
 * @param source who wrote it
 * @param state whether it is due at all
 * @param version another one after each change of definition or state, never one it had before
 * @param next the nominal time that is sent next; none unless it is active
 * @param created when it was added
 * @param changed when its definition or state was last changed by someone
 */
public record Schedule(
    Definition definition,
    Source source,
    State state,
    long version,
    Optional<Instant> next,
    Instant created,
    Instant changed) {

  /** Who wrote a schedule, and may change it. */
  public enum Source {
    API,
    CONFIGURATION
  }

  /** Whether a schedule is due at all. */
  public enum State {
    ACTIVE,

    /** Until it is resumed. */
    PAUSED,

    /** By its configuration. */
    DISABLED,

    /** It has no further time. */
    ENDED
  }
}
