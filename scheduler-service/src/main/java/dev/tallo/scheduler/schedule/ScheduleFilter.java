package dev.tallo.scheduler.schedule;

import dev.tallo.scheduler.timing.Timing;
import java.util.Optional;

/**
 * Which schedules are asked for; what is empty does not matter.
 *
 * @param after the name after which the page begins
 * @param limit most schedules of the page, 1 to {@value #MAX_LIMIT}
 */
public record ScheduleFilter(
    Optional<String> task,
    Optional<String> queue,
    Optional<Timing.Kind> kind,
    Optional<Schedule.State> state,
    Optional<Schedule.Source> source,
    Optional<String> after,
    int limit) {
  /** Largest page. */
  public static final int MAX_LIMIT = 500;
}
