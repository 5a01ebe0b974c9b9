package dev.tallo.producer.audit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How long, and how much of, who did what is kept. */
@ConfigMapping(prefix = "tallo.audit")
interface AuditConfig {
  /**
   * How long a call is kept.
   *
   * <p>Default: 90 days. At least 1 second, at most 3,650 days.
   */
  @WithDefault("P90D")
  Duration retention();

  /**
   * Most calls that are kept of each role that calls need, so that the many that submit tasks do
   * not displace what operators and administrators did; beyond, the oldest go first.
   *
   * <p>Default: 100,000. At least 1.
   */
  @WithDefault("100000")
  long maxRows();

  /**
   * How often it is looked for calls to forget.
   *
   * <p>Default: 1 minute. At least 100 ms, at most 1 day.
   */
  @WithDefault("PT1M")
  Duration sweepInterval();

  /**
   * Refuses what is out of its bounds.
   *
   * @throws IllegalArgumentException that names the property and its bounds
   */
  default void check() {
    within("retention", retention(), Duration.ofSeconds(1), Duration.ofDays(3_650));
    within("sweep-interval", sweepInterval(), Duration.ofMillis(100), Duration.ofDays(1));
    if (maxRows() < 1) {
      throw new IllegalArgumentException("tallo.audit.max-rows must be 1 or more");
    }
  }

  private static void within(String property, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "tallo.audit.%s is %s, but has to be %s to %s".formatted(property, value, least, most));
    }
  }
}
