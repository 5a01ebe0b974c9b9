package dev.tallo.systemtests;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What came out of a scenario.
 *
 * @param underWay most tasks that were accepted and not begun when a fault was made
 * @param refusals submits that were not taken, or not answered, and tried again
 * @param problems what must not be; empty if all is well
 * @param skipped why it was not made
 */
record Result(
    Scenario scenario,
    int faults,
    long underWay,
    Count count,
    long refusals,
    Duration took,
    List<String> problems,
    Optional<String> skipped) {

  static Result skipped(Scenario scenario, String why) {
    return new Result(
        scenario,
        0,
        0,
        new Count(0, 0, 0, List.of()),
        0,
        Duration.ZERO,
        List.of(),
        Optional.of(why));
  }

  /** It could not be made to its end: nothing is known of what was accepted. */
  static Result broken(Scenario scenario, String why) {
    return new Result(
        scenario,
        0,
        0,
        new Count(0, 0, 0, List.of()),
        0,
        Duration.ZERO,
        List.of(why),
        Optional.empty());
  }

  /** Whether nothing is missing, or, where loss is to be proved, something is. */
  boolean good() {
    return skipped.isPresent()
        || (problems.isEmpty() && count.accepted() > 0 && (count.lost() > 0) == scenario.loses());
  }
}
