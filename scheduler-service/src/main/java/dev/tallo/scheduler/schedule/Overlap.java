package dev.tallo.scheduler.schedule;

/** What happens when the task of the last firing has not ended at the time of the next. */
public enum Overlap {
  /** Both run. */
  ALLOW,

  /** The next is left out. */
  SKIP,

  /** The last is told to end, and the next is sent. */
  CANCEL
}
