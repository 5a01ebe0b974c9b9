package dev.tallo.producer.events;

import dev.tallo.messaging.protocol.WorkerEvent;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The workers that are alive: each by a lease of twice its heartbeat's interval, Celery's rule. The
 * lease runs from when the heartbeat came in, so that the workers' clocks do not matter.
 */
@Singleton
public class LiveWorkers {
  /** Most workers that are known at once; heartbeats of further ones are ignored. */
  static final int MAX_WORKERS = 10_000;

  private static final double SHORTEST_FREQ = 0.5;
  private static final double LONGEST_FREQ = 3600;

  /** A worker and what it last said. */
  public record LiveWorker(WorkerEvent last, Instant seen, Instant aliveUntil) {}

  private final ConcurrentMap<String, LiveWorker> byName = new ConcurrentHashMap<>();
  private final Clock clock;

  LiveWorkers(Clock clock, MeterRegistry registry) {
    this.clock = clock;
    Gauge.builder("tallo.workers.live", this, workers -> workers.all().size())
        .description("Workers whose last heartbeat is recent enough")
        .register(registry);
  }

  void heard(WorkerEvent event) {
    if (event.type() == WorkerEvent.Type.OFFLINE) {
      byName.remove(event.hostname());
      return;
    }
    Instant now = clock.instant();
    double freq = Math.clamp(event.freq(), SHORTEST_FREQ, LONGEST_FREQ);
    Instant until = now.plus(Duration.ofMillis((long) (2_000 * freq)));
    if (byName.size() >= MAX_WORKERS && !byName.containsKey(event.hostname())) {
      forgetDead(now);
      if (byName.size() >= MAX_WORKERS) {
        return;
      }
    }
    byName.put(event.hostname(), new LiveWorker(event, now, until));
  }

  /** Those alive now, by name. */
  public List<LiveWorker> all() {
    forgetDead(clock.instant());
    return byName.values().stream()
        .sorted(Comparator.comparing(worker -> worker.last().hostname()))
        .toList();
  }

  private void forgetDead(Instant now) {
    byName.values().removeIf(worker -> worker.aliveUntil().isBefore(now));
  }
}
