package dev.tallo.scheduler.firing;

import dev.tallo.scheduler.schedule.Schedule;
import dev.tallo.scheduler.store.StoreClock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * What is counted of firings. Not by schedule: there may be a hundred thousand of them, and their
 * firings can be asked for.
 */
@Singleton
public class FiringMetrics {
  private final Map<FiringState, Counter> outcomes = new EnumMap<>(FiringState.class);
  private final Map<Schedule.State, Long> schedules = new ConcurrentHashMap<>();
  private final Counter misfires;
  private final Counter repaired;
  private final Timer lateness;
  private volatile Optional<Instant> oldestDue = Optional.empty();

  public FiringMetrics(MeterRegistry registry, StoreClock clock) {
    TimeGauge.builder(
            "tallo.scheduler.overdue", () -> overdue(clock.instant()), TimeUnit.MILLISECONDS)
        .description("How long the oldest time that was neither sent nor missed has been due")
        .register(registry);
    for (FiringState state : FiringState.values()) {
      if (state != FiringState.CLAIMED) {
        outcomes.put(
            state,
            Counter.builder("tallo.scheduler.firings")
                .description("Firings: sent and confirmed, missed or skipped by policy, or failed")
                .tag("outcome", state.name().toLowerCase(Locale.ROOT))
                .register(registry));
      }
    }
    misfires =
        Counter.builder("tallo.scheduler.misfires")
            .description("Times, or ranges of them, that went by while nothing could be sent")
            .register(registry);
    repaired =
        Counter.builder("tallo.scheduler.claims.repaired")
            .description("Firings that were claimed again, because a claim had run out")
            .register(registry);
    lateness =
        Timer.builder("tallo.scheduler.lateness")
            .description("From the time that a firing was due to the broker's confirm")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofMillis(1))
            .maximumExpectedValue(Duration.ofSeconds(30))
            .register(registry);
    for (var state : Schedule.State.values()) {
      Gauge.builder("tallo.scheduler.schedules", () -> schedules.getOrDefault(state, 0L))
          .description("Schedules that there are")
          .tag("state", state.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
  }

  private long overdue(Instant now) {
    return Math.max(0, oldestDue.map(due -> Duration.between(due, now).toMillis()).orElse(0L));
  }

  /** What a look has seen; it goes on to age when the looks that follow fail. */
  void oldestDue(Optional<Instant> due) {
    oldestDue = due;
  }

  void settled(Firing firing, FiringState state) {
    Counter counter = outcomes.get(state);
    if (counter != null) {
      counter.increment();
    }
  }

  void late(Duration late) {
    // The store's clock may have been set back a little meanwhile; a negative time is not counted.
    lateness.record(late.isNegative() ? Duration.ZERO : late);
  }

  void misfired(int times) {
    misfires.increment(times);
  }

  void repaired() {
    repaired.increment();
  }

  void schedules(Map<Schedule.State, Long> counted) {
    schedules.keySet().retainAll(counted.keySet());
    schedules.putAll(counted);
  }
}
