package dev.tallo.scheduler.firing;

import dev.tallo.scheduler.schedule.Definition;
import dev.tallo.scheduler.schedule.Misfire;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is to be done for a schedule now.
 *
 * @param late nominal times that went by and are made up for, in order
 * @param due nominal times that are due, in order
 * @param missed the range of nominal times that are not sent
 * @param next the nominal time that comes after all of them
 */
record Plan(
    List<Instant> late, List<Instant> due, Optional<Missed> missed, Optional<Instant> next) {
  /** Most firings of one schedule that are claimed at once; what is left is claimed next. */
  static final int MOST = 1_000;

  /**
   * A range of nominal times.
   *
   * @param first the first of them
   * @param last the last one
   */
  record Missed(Instant first, Instant last) {}

  /**
   * @param first the nominal time that is to be sent next
   * @param now by the store's clock
   * @param horizon until when firings are claimed
   * @param threshold how late is a misfire
   * @param maxCatchUp most misfires that are made up for
   */
  static Plan of(
      Definition definition,
      Instant first,
      Instant now,
      Instant horizon,
      Duration threshold,
      int maxCatchUp) {
    Instant border = now.minus(threshold).minus(definition.jitter());
    if (!first.isBefore(border)) {
      return ahead(definition, List.of(), Optional.of(first), Optional.empty(), horizon);
    }
    List<Instant> late =
        switch (definition.misfire()) {
          case SKIP -> List.of();
          case ONCE -> latest(definition, first, now, 1);
          case ALL -> latest(definition, first, border, maxCatchUp);
        };
    Instant end = definition.misfire() == Misfire.ONCE ? now : border;
    Instant firstKept = late.isEmpty() ? end : late.getFirst();
    Optional<Missed> missed =
        first.isBefore(firstKept)
            ? definition.last(firstKept).map(last -> new Missed(first, last))
            : Optional.empty();
    // What is due right at the end of the range is not in it.
    Optional<Instant> following =
        definition.next(late.isEmpty() ? end.minusMillis(1) : late.getLast());
    return ahead(definition, late, following, missed, horizon);
  }

  private static List<Instant> latest(
      Definition definition, Instant first, Instant before, int most) {
    List<Instant> latest = new ArrayList<>();
    Optional<Instant> time = definition.last(before);
    while (time.isPresent() && !time.get().isBefore(first) && latest.size() < most) {
      latest.add(time.get());
      time = definition.last(time.get());
    }
    return latest.reversed();
  }

  private static Plan ahead(
      Definition definition,
      List<Instant> late,
      Optional<Instant> first,
      Optional<Missed> missed,
      Instant horizon) {
    List<Instant> due = new ArrayList<>();
    Optional<Instant> next = first;
    while (next.isPresent() && !definition.due(next.get()).isAfter(horizon) && due.size() < MOST) {
      due.add(next.get());
      next = definition.next(next.get());
    }
    return new Plan(late, due, missed, next);
  }
}
