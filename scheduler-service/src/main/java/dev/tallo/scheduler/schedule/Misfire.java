package dev.tallo.scheduler.schedule;

/** What becomes of times that went by while nothing could be sent. */
public enum Misfire {
  /** Nothing: the schedule goes on with the next time. */
  SKIP,

  /** One task is sent, for the last of them. */
  ONCE,

  /** A task is sent for each, the latest first to be kept when there are too many. */
  ALL
}
