package dev.tallo.scheduler.configuration;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Properties of the scheduler service. */
@ConfigMapping(prefix = "tallo.scheduler")
public interface SchedulerConfiguration {
  /**
   * Schedules by name: {@code tallo.scheduler.jobs.nightly.task}. The name, up to 200 of A-Z a-z
   * 0-9 _ . : -, goes into the ids of the tasks. None by default. Each needs one of {@code cron},
   * {@code every}, {@code at} and {@code solar}. Of these the API can pause and resume, and nothing
   * else.
   */
  Map<String, JobConfiguration> jobs();

  /**
   * Where the producer finds this service, which has no use for it itself: one file of properties
   * may serve all.
   */
  Optional<String> url();

  /**
   * How long after its time a firing that a replica has claimed is left to it; then another one
   * sends it, under the same id.
   *
   * <p>Default: 20 s. 5 seconds to 10 minutes.
   */
  @WithDefault("PT20S")
  Duration claim();

  /**
   * How late a firing may be sent before it counts as a misfire, about which the schedule's policy
   * decides.
   *
   * <p>Default: 30 s. 1 second to 1 day.
   */
  @WithDefault("PT30S")
  Duration misfireThreshold();

  /**
   * Most firings of one schedule that are made up for under the misfire policy {@code all}: the
   * latest.
   *
   * <p>Default: 100. 1 to 1,000.
   */
  @WithDefault("100")
  int maxCatchUp();

  /**
   * Most firings of one back-fill.
   *
   * <p>Default: 1,000. 1 to 100,000.
   */
  @WithDefault("1000")
  int maxBackfill();

  /**
   * For how long after its sending a task that the history does not know counts as one that still
   * waits, where a schedule lets no two overlap.
   *
   * <p>Default: 1 h. 0 seconds to 30 days.
   */
  @WithDefault("PT1H")
  Duration unknownFor();

  /**
   * For how long firings can be looked at, and schedules that have ended are kept.
   *
   * <p>Default: 30 days. 1 minute to 3,650 days.
   */
  @WithDefault("P30D")
  Duration retention();

  /**
   * Most firings that are kept to be looked at; of more, the oldest are forgotten earlier.
   *
   * <p>Default: 1,000,000. 1 or more.
   */
  @WithDefault("1000000")
  int maxFirings();

  /**
   * Refuses what is out of its bounds.
   *
   * @throws IllegalArgumentException that names the property and its bounds
   */
  default void check() {
    within("claim", claim(), Duration.ofSeconds(5), Duration.ofMinutes(10));
    within("misfire-threshold", misfireThreshold(), Duration.ofSeconds(1), Duration.ofDays(1));
    between("max-catch-up", maxCatchUp(), 1_000);
    between("max-backfill", maxBackfill(), 100_000);
    within("unknown-for", unknownFor(), Duration.ZERO, Duration.ofDays(30));
    within("retention", retention(), Duration.ofMinutes(1), Duration.ofDays(3_650));
    between("max-firings", maxFirings(), Integer.MAX_VALUE);
  }

  private static void between(String property, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(
          "tallo.scheduler.%s is %d, but has to be 1 to %d".formatted(property, value, most));
    }
  }

  private static void within(String property, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "tallo.scheduler.%s is %s, but has to be %s to %s"
              .formatted(property, value, least, most));
    }
  }

  /**
   * One schedule; one of {@link #cron}, {@link #every}, {@link #at} and {@link #solar} is needed.
   */
  interface JobConfiguration {
    /**
     * When: minute, hour, day of month, month, day of week, as in crontab(5), or six fields with
     * the second first; or a nickname: hourly, daily, weekly, monthly or yearly with an @ before
     * it.
     */
    Optional<String> cron();

    /** The zone that the cron expression is meant in, {@code Europe/Berlin}; UTC by default. */
    Optional<String> timeZone();

    /**
     * How often, in whole seconds, 1 s or more: {@code 30s}, {@code PT15M}. Counted from the anchor
     * on, not from the start of the service: what is due every 15 minutes is so at :00, :15, :30
     * and :45.
     */
    Optional<Duration> every();

    /** One of the times of {@code every}, a date-time with offset; by default the start of 1970. */
    Optional<String> anchor();

    /** Once, at a date-time with offset: {@code 2030-01-31T12:00:00Z}. */
    Optional<String> at();

    /** By the sun. */
    Optional<SolarConfiguration> solar();

    /** Name of the task. */
    String task();

    /** Its positional arguments, a JSON array. */
    Optional<String> args();

    /** Its arguments by name, a JSON object. */
    Optional<String> kwargs();

    /** The queue it is sent to; by default the routing service's rules decide. */
    Optional<String> queue();

    /** 0 to 255, higher first; 4 by default. */
    OptionalInt priority();

    /** How long after its time the task may still be begun; for ever by default. */
    Optional<Duration> expires();

    /** By up to how much each firing is sent later than its time, up to 1 h; not by default. */
    Optional<Duration> jitter();

    /** Not due before this date-time with offset. */
    Optional<String> start();

    /** Not due after this date-time with offset. */
    Optional<String> end();

    /**
     * What becomes of times that went by while the service was down: {@code once} sends a task for
     * the last of them, {@code all} one for each, {@code skip} none; {@code once} by default.
     */
    Optional<String> misfire();

    /**
     * While the last task runs, whether to send another ({@code allow}), to leave it out ({@code
     * skip}) or to tell the last one to end ({@code cancel}); {@code allow} by default.
     */
    Optional<String> overlap();

    /** Whether it is due at all. */
    @WithDefault("true")
    boolean enabled();
  }

  /** What the sun does, and where. */
  interface SolarConfiguration {
    /**
     * {@code sunrise}, {@code sunset}, {@code solar_noon}; {@code dawn_} or {@code dusk_} with
     * {@code civil}, {@code nautical} or {@code astronomical}.
     */
    String event();

    /** Degrees north of the equator, -90 to 90. */
    double latitude();

    /** Degrees east of Greenwich, -180 to 180. */
    double longitude();
  }
}
