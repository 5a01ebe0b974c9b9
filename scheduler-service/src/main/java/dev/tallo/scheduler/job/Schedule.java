package dev.tallo.scheduler.job;

import java.time.Instant;
import java.util.Optional;

/**
 * When a job is due. Nominal times depend on nothing but the schedule, so that they are the same
 * after a restart and in every replica.
 */
public sealed interface Schedule permits CronSchedule, IntervalSchedule {
  /** The first nominal time later than this one; empty when there is none. */
  Optional<Instant> next(Instant after);
}
