package dev.tallo.producer.history;

import dev.tallo.producer.Paced;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jboss.logging.Logger;

/**
 * Forgets ended tasks that are too old, and the oldest ones when there are too many or they take
 * too much. Reads in pages and deletes a few hundred rows in a transaction, between the writes of
 * tasks that come in, so that nobody waits for it. Replicas may all do so at once: what is deleted
 * twice is deleted once.
 */
@Singleton
public class Retention {
  private static final Logger LOG = Logger.getLogger(Retention.class);

  /** Rows that are read, or deleted, at once. */
  private static final int BATCH = 500;

  /** Largest page that is counted at once. */
  private static final long COUNTED = 20_000;

  /** Pages of at most a fiftieth of a bound keep to it within 2 %. */
  private static final int PAGES = 50;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final History history;
  private final RetentionConfig config;
  private final Clock clock;
  private final Counter forgotten;
  private final Paced looks;

  Retention(History history, RetentionConfig config, Clock clock, MeterRegistry registry) {
    this.history = history;
    this.config = config;
    this.clock = clock;
    require("retention", config.retention(), Duration.ofSeconds(1), Duration.ofDays(3_650));
    require("sweep-interval", config.sweepInterval(), Duration.ofMillis(100), Duration.ofDays(1));
    if (config.maxRows() < 1) {
      throw new IllegalArgumentException("tallo.results.max-rows must be 1 or more");
    }
    if (config.maxBytes().asLongValue() < 64 * 1024) {
      throw new IllegalArgumentException("tallo.results.max-bytes must be 64K or more");
    }
    forgotten =
        Counter.builder("tallo.history.forgotten")
            .description("Ended tasks removed by age or number")
            .register(registry);
    looks = new Paced("retention", config.sweepInterval(), this::sweep);
  }

  private static void require(String property, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "tallo.results.%s is %s, but has to be %s to %s".formatted(property, value, least, most));
    }
  }

  /** Begins to look. */
  public void start() {
    looks.start();
  }

  /** Looks no more. */
  public void stop() {
    looks.stop();
  }

  /** One look. */
  void sweep() {
    Instant now = clock.instant();
    Instant limit = now.minus(config.retention());
    long removed = removeBefore(Sequence.first(limit), limit);
    OptionalLong excess = excess();
    if (excess.isPresent()) {
      removed += removeBefore(excess.getAsLong(), Instant.MAX);
    }
    history.forgetUnique(now);
    if (removed > 0) {
      forgotten.increment(removed);
      LOG.debugf("%d ended tasks were forgotten", removed);
    }
  }

  /** Removes what was submitted before a place and ended before a time. */
  private long removeBefore(long before, Instant ended) {
    long removed = 0;
    long after = Long.MIN_VALUE;
    while (!looks.stopped()) {
      List<History.Aged> page = history.oldest(after, before, BATCH).await().atMost(PATIENCE);
      List<Long> gone = new ArrayList<>(page.size());
      for (History.Aged task : page) {
        if (task.finished().filter(ended::isAfter).isPresent()) {
          gone.add(task.seq());
        }
      }
      if (!gone.isEmpty()) {
        removed += history.expire(gone).await().atMost(PATIENCE);
      }
      if (page.size() < BATCH) {
        return removed;
      }
      after = page.getLast().seq();
    }
    return removed;
  }

  /** The place below which there is too much; empty if there is not. */
  private OptionalLong excess() {
    long rows = 0;
    long bytes = 0;
    long below = Long.MAX_VALUE;
    int limit = (int) Math.clamp(config.maxRows() / PAGES, 1, COUNTED);
    while (!looks.stopped()) {
      History.PageSize page = history.pageSize(below, limit).await().atMost(PATIENCE);
      if (page.rows() == 0) {
        return OptionalLong.empty();
      }
      rows += page.rows();
      bytes += page.bytes();
      if (rows > config.maxRows() || bytes > config.maxBytes().asLongValue()) {
        return OptionalLong.of(below);
      }
      below = page.first();
    }
    return OptionalLong.empty();
  }
}
