package dev.tallo.producer.audit;

import dev.tallo.producer.history.AuditStore;
import dev.tallo.security.Audit;
import dev.tallo.security.AuditedCall;
import dev.tallo.security.Role;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * Writes who did what into the history, some moments after it was answered and many at once. What a
 * process that is killed has not written is lost: the calls of the last quarter of a second. While
 * the store is away, calls wait, at most {@value #MOST_WAITING}; those beyond are counted and left
 * out, and the log says so.
 *
 * <p>Any thread hands calls in, and none is blocked; one thread writes them and forgets old ones.
 */
@Singleton
public class AuditTrail implements Audit {
  static final int MOST_WAITING = 10_000;

  private static final Logger LOG = Logger.getLogger(AuditTrail.class);
  private static final int AT_ONCE = 1_000;
  private static final Duration EVERY = Duration.ofMillis(250);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration END = Duration.ofSeconds(5);

  private final AuditStore store;
  private final AuditConfig config;
  private final Clock clock;
  private final Counter lost;
  private final BlockingQueue<AuditStore.Entry> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;
  private final List<AuditStore.Entry> unwritten = new ArrayList<>(); // by the thread only
  private double told; // by the thread only

  AuditTrail(AuditStore store, AuditConfig config, Clock clock, MeterRegistry registry) {
    config.check();
    this.store = store;
    this.config = config;
    this.clock = clock;
    lost =
        Counter.builder("tallo.audit.lost")
            .description("Calls that are missing in the audit, as the store did not take them")
            .register(registry);
    thread = Thread.ofVirtual().name("tallo-audit").unstarted(this::run);
  }

  @Override
  public void note(AuditedCall call) {
    if (!waiting.offer(store.entry(call))) {
      lost.increment();
    }
  }

  /** Begins to write. */
  public void start() {
    thread.start();
  }

  /** Writes what was handed in, if the store takes it within some seconds, and ends. */
  public void stop() {
    stop.countDown();
    try {
      if (!thread.join(END)) {
        LOG.errorf("%d calls are missing in the audit", waiting.size());
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    Instant sweep = clock.instant().plus(config.sweepInterval());
    try {
      while (!stop.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        write();
        if (!clock.instant().isBefore(sweep)) {
          forget();
          sweep = clock.instant().plus(config.sweepInterval());
        }
      }
      write();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write() throws InterruptedException {
    try {
      do {
        waiting.drainTo(unwritten, AT_ONCE - unwritten.size());
        if (!unwritten.isEmpty()) {
          await(store.insert(unwritten));
          unwritten.clear();
        }
      } while (!waiting.isEmpty());
    } catch (ExecutionException | TimeoutException e) {
      LOG.warnf("%d audited calls are written later: %s", waiting.size() + unwritten.size(), e);
    }
    if (lost.count() > told) {
      told = lost.count();
      LOG.errorf("%.0f calls are missing in the audit: the store did not take them", told);
    }
  }

  private void forget() throws InterruptedException {
    try {
      Instant limit = clock.instant().minus(config.retention());
      while (stop.getCount() > 0 && await(store.forgetBefore(limit, AT_ONCE)) == AT_ONCE) {
        // The next ones.
      }
      for (Role role : Role.values()) {
        while (stop.getCount() > 0
            && await(store.forgetExcess(role, config.maxRows(), AT_ONCE)) == AT_ONCE) {
          // The next ones.
        }
      }
    } catch (ExecutionException | TimeoutException e) {
      LOG.warnf("old audited calls are forgotten later: %s", e);
    }
  }

  private static int await(CompletionStage<Integer> done)
      throws InterruptedException, ExecutionException, TimeoutException {
    return done.toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }
}
