package dev.tallo.scheduler.timing;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * When a schedule is due. Nominal times depend on nothing but the timing, so that they are the same
 * after a restart and in every replica. They are whole milliseconds.
 */
public sealed interface Timing permits CronTiming, IntervalTiming, OneOffTiming, SolarTiming {
  /** The first nominal time later than this one; empty when there is none. */
  Optional<Instant> next(Instant after);

  /** The last nominal time earlier than this one; empty when there is none. */
  Optional<Instant> last(Instant before);

  /** In which its times are best read. */
  default ZoneId zone() {
    return ZoneOffset.UTC;
  }

  /** What it is called. */
  Kind kind();

  /** The kinds of timing. */
  enum Kind {
    CRON,
    INTERVAL,
    ONE_OFF,
    SOLAR
  }
}
