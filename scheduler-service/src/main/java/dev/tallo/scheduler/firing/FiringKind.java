package dev.tallo.scheduler.firing;

/** Why something is sent. */
public enum FiringKind {
  SCHEDULED,

  /** By the schedule, but its time went by while nothing could be sent. */
  MISFIRED,

  /** Someone wanted it now. */
  MANUAL,

  /** Someone wanted a past time made up for. */
  BACKFILL;

  /** Whether the schedule wanted it, and not someone. */
  boolean bySchedule() {
    return this == SCHEDULED || this == MISFIRED;
  }
}
