package dev.tallo.producer.results;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who waits for the end of a task. Bounded; a waiter leaves when it is woken, gives up or is
 * cancelled. Lists are changed only within the map's own atomic operations.
 */
final class Waiters {
  private final int most;
  private final AtomicInteger count = new AtomicInteger();
  private final ConcurrentMap<String, List<Waiter>> byId = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /** One who waits. */
  final class Waiter {
    private final String id;
    private final Uni<Void> woken;
    private volatile UniEmitter<? super Void> emitter;
    private volatile boolean called;

    private Waiter(String id) {
      this.id = id;
      woken =
          Uni.createFrom()
              .emitter(
                  e -> {
                    emitter = e;
                    if (called) {
                      e.complete(null);
                    }
                  });
    }

    /** Completes when the task has ended, or when the service does. */
    Uni<Void> woken() {
      return woken;
    }

    void leave() {
      byId.computeIfPresent(
          id,
          (key, waiters) -> {
            if (waiters.remove(this)) {
              count.decrementAndGet();
            }
            return waiters.isEmpty() ? null : waiters;
          });
    }

    private void wake() {
      called = true;
      UniEmitter<? super Void> present = emitter;
      if (present != null) {
        present.complete(null);
      }
    }
  }

  Waiters(int most) {
    this.most = most;
  }

  int count() {
    return count.get();
  }

  /**
   * Begins to wait, from this moment on.
   *
   * @throws TooManyWaitersException when as many wait as may
   */
  Waiter enter(String id) {
    if (count.incrementAndGet() > most) {
      count.decrementAndGet();
      throw new TooManyWaitersException(most);
    }
    Waiter waiter = new Waiter(id);
    byId.compute(
        id,
        (key, waiters) -> {
          List<Waiter> all = waiters == null ? new ArrayList<>(1) : waiters;
          all.add(waiter);
          return all;
        });
    if (closed) {
      wake(List.of(id));
    }
    return waiter;
  }

  /** These tasks have ended. */
  void wake(Collection<String> ids) {
    if (byId.isEmpty()) {
      return;
    }
    for (String id : ids) {
      List<Waiter> waiters = byId.remove(id);
      if (waiters != null) {
        count.addAndGet(-waiters.size());
        waiters.forEach(Waiter::wake);
      }
    }
  }

  /** Wakes everyone, and whoever comes from now on. */
  void close() {
    closed = true;
    wake(List.copyOf(byId.keySet()));
  }
}
