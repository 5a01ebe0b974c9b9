package dev.tallo.systemtests;

import java.time.Duration;

/**
 * How long things take.
 *
 * @param scenario how long faults of a scenario go on; each is made some times at least
 * @param fault how long a fault lasts that has a length
 * @param beyondHeartbeats likewise, where a longer one is noticed by the lack of heartbeats
 */
record Pace(Duration scenario, Duration fault, Duration beyondHeartbeats) {
  /** As short as makes sense: for the build. */
  static final Pace SHORT = new Pace(Duration.ZERO, Duration.ofSeconds(2), Duration.ofSeconds(4));

  /** So many minutes, shared by the scenarios. */
  static Pace of(Duration all, int scenarios) {
    return new Pace(all.dividedBy(scenarios), Duration.ofSeconds(12), Duration.ofSeconds(70));
  }
}
