package dev.tallo.scheduler.firing;

/** What became of a firing. */
public enum FiringState {
  /** A replica sends it, or will when it is due. */
  CLAIMED,

  /** The broker has confirmed it. */
  SENT,

  /** Its time went by; by the misfire policy it is not sent. */
  MISSED,

  /** By the overlap policy it is not sent. */
  SKIPPED,

  /** It cannot be sent. */
  FAILED
}
