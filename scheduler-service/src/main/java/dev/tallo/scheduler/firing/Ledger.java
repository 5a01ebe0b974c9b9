package dev.tallo.scheduler.firing;

import dev.tallo.scheduler.firing.FiringStore.Settled;
import dev.tallo.scheduler.store.StoreUnavailableException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Writes what became of firings, in one transaction for all that came in while the last one was
 * committed. What it holds is bounded by what is claimed. What cannot be written while the store is
 * away is tried again for as long as the claims hold; then the firings are sent again, under the
 * same ids.
 *
 * <p>One thread writes; any may hand in.
 */
@Singleton
class Ledger {
  private static final Logger LOG = Logger.getLogger(Ledger.class);
  private static final int BATCH = 500;
  private static final Duration RETRY = Duration.ofMillis(500);
  private static final Duration IDLE_CHECK = Duration.ofMillis(200);
  private static final Duration LAST_WRITES = Duration.ofSeconds(5);

  private final FiringStore store;
  private final BlockingQueue<Settled> settled = new LinkedBlockingQueue<>();
  private final Thread writer = Thread.ofVirtual().name("tallo-ledger").unstarted(this::run);
  private volatile boolean closing;

  Ledger(FiringStore store) {
    this.store = store;
  }

  void start() {
    writer.start();
  }

  void add(Settled one) {
    settled.add(one);
  }

  /** Writes what was handed in, within some seconds, and ends. */
  void close() {
    closing = true;
    try {
      if (writer.getState() != Thread.State.NEW && !writer.join(LAST_WRITES)) {
        LOG.warn("the store did not take what became of some firings; they may be sent again");
        writer.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    List<Settled> batch = new ArrayList<>();
    try {
      while (!closing || !settled.isEmpty()) {
        Settled first = settled.poll(IDLE_CHECK.toMillis(), TimeUnit.MILLISECONDS);
        if (first != null) {
          batch.add(first);
          settled.drainTo(batch, BATCH - 1);
          write(batch);
          batch.clear();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(List<Settled> batch) throws InterruptedException {
    while (!batch.isEmpty()) {
      try {
        store.settle(batch);
        return;
      } catch (StoreUnavailableException e) {
        batch.removeIf(one -> store.ranOut(one.firing()));
        LOG.warnf("%d firings are recorded later: %s", batch.size(), e.getMessage());
        Thread.sleep(RETRY);
      }
    }
  }
}
