package dev.tallo.producer.deadletter;

import dev.tallo.producer.Periodic;
import dev.tallo.producer.history.DeadLetterFilter;
import dev.tallo.producer.history.DeadLetterStore;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/**
 * Forgets dead letters that are too old, and the oldest ones when there are too many or they take
 * too much, a few hundred at a time. Says so, since what is forgotten here is lost.
 */
@Singleton
public class DeadLetterRetention {
  private static final Logger LOG = Logger.getLogger(DeadLetterRetention.class);
  private static final int BATCH = 500;

  private final DeadLetterStore store;
  private final Deletion deletion;
  private final DeadLetterConfig config;
  private final Clock clock;
  private final Counter forgotten;
  private final AtomicLong kept = new AtomicLong();
  private Optional<Cancellable> ticking = Optional.empty();

  DeadLetterRetention(
      DeadLetterStore store,
      Deletion deletion,
      DeadLetterConfig config,
      Clock clock,
      MeterRegistry registry) {
    this.store = store;
    this.deletion = deletion;
    this.config = config;
    this.clock = clock;
    require("retention", config.retention(), Duration.ofSeconds(1), Duration.ofDays(3_650));
    require("sweep-interval", config.sweepInterval(), Duration.ofMillis(100), Duration.ofDays(1));
    if (config.maxRows() < 1) {
      throw new IllegalArgumentException("tallo.dead-letters.max-rows must be 1 or more");
    }
    if (config.maxBytes().asLongValue() < 64 * 1024) {
      throw new IllegalArgumentException("tallo.dead-letters.max-bytes must be 64K or more");
    }
    forgotten =
        Counter.builder("tallo.dead-letters.forgotten")
            .description("Dead letters removed by age or number, which are lost")
            .register(registry);
    Gauge.builder("tallo.dead-letters.kept", kept, AtomicLong::get)
        .description("Dead letters that wait for people, at the last look")
        .register(registry);
  }

  private static void require(String property, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "tallo.dead-letters.%s is %s, but has to be %s to %s"
              .formatted(property, value, least, most));
    }
  }

  /** Begins to look. */
  public void start() {
    ticking =
        Optional.of(
            Periodic.every(config.sweepInterval(), "forgetting old dead letters", this::sweep));
  }

  /** Looks no more. */
  public void stop() {
    ticking.ifPresent(Cancellable::cancel);
  }

  private Uni<Void> sweep() {
    return store
        .total(DeadLetterFilter.ALL)
        .invoke(total -> kept.set(total.letters()))
        .flatMap(total -> sweep(total, 0))
        .invoke(
            gone -> {
              if (gone > 0) {
                kept.addAndGet(-gone);
                forgotten.increment(gone);
                LOG.warnf(
                    "%d dead letters were forgotten (tallo.dead-letters.retention, -max-rows,"
                        + " -max-bytes)",
                    gone);
              }
            })
        .replaceWithVoid();
  }

  /** Deletes the oldest while they are too old, or what is left is too much; tells how many. */
  private Uni<Long> sweep(DeadLetterStore.Total total, long gone) {
    Instant limit = clock.instant().minus(config.retention());
    return store
        .oldest(DeadLetterFilter.ALL, Long.MIN_VALUE, total.newest(), BATCH)
        .flatMap(
            page -> {
              long letters = total.letters();
              long bytes = total.bytes();
              int count = 0;
              for (DeadLetterStore.Place place : page) {
                boolean excess =
                    letters > config.maxRows() || bytes > config.maxBytes().asLongValue();
                if (!excess && !store.taken(place).isBefore(limit)) {
                  break;
                }
                letters--;
                bytes -= place.bytes();
                count++;
              }
              if (count == 0) {
                return Uni.createFrom().item(gone);
              }
              List<Long> old =
                  page.subList(0, count).stream().map(DeadLetterStore.Place::seq).toList();
              DeadLetterStore.Total left =
                  new DeadLetterStore.Total(letters, bytes, total.newest());
              boolean more = count == BATCH;
              return Uni.createFrom()
                  .item(() -> deletion.of(old))
                  .runSubscriptionOn(work -> Thread.ofVirtual().start(work))
                  .flatMap(
                      deleted ->
                          more
                              ? sweep(left, gone + deleted)
                              : Uni.createFrom().item(gone + deleted));
            });
  }
}
