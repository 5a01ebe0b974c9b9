package dev.tallo.scheduler.configuration;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Properties of the scheduler service. */
@ConfigMapping(prefix = "tallo.scheduler")
public interface SchedulerConfiguration {
  /**
   * The jobs by name: {@code tallo.scheduler.jobs.nightly.task}. The name, up to 200 of A-Z a-z 0-9
   * _ . : -, goes into the ids of the tasks. None by default. A job needs {@code cron} or {@code
   * every}.
   */
  Map<String, JobConfiguration> jobs();

  /** One job; either {@link #cron} or {@link #every} is needed. */
  interface JobConfiguration {
    /**
     * When: minute, hour, day of month, month, day of week, as in crontab(5), or six fields with
     * the second first; or a nickname: hourly, daily, weekly, monthly or yearly with an @ before
     * it.
     */
    Optional<String> cron();

    /**
     * How often, in whole seconds, 1 s or more: {@code 30s}, {@code PT15M}. Counted from 1970 on,
     * not from the start of the service: a job of every 15 minutes is due at :00, :15, :30 and :45.
     */
    Optional<Duration> every();

    /** The zone that the cron expression is meant in, {@code Europe/Berlin}; UTC by default. */
    Optional<String> timeZone();

    /** Name of the task. */
    String task();

    /** Its positional arguments, a JSON array. */
    Optional<String> args();

    /** Its arguments by name, a JSON object. */
    Optional<String> kwargs();

    /** The queue it is sent to; by default the routing service's rules decide. */
    Optional<String> queue();

    /** Whether it is due at all. */
    @WithDefault("true")
    boolean enabled();
  }
}
