package dev.tallo.producer.watch;

import dev.tallo.producer.HttpConfig;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who wants to know of tasks: of their end, or of any change. Bounded; a watcher is woken once, and
 * leaves when it is, gives up or is cancelled. Lists are changed only within the map's own atomic
 * operations.
 */
@Singleton
public class Watchers {
  /** What wakes a watcher. */
  enum Interest {
    END,
    ANY_CHANGE
  }

  private final int most;
  private final AtomicInteger count = new AtomicInteger();
  private final ConcurrentMap<String, List<Watcher>> byId = new ConcurrentHashMap<>();
  private volatile boolean closed;

  Watchers(HttpConfig config, MeterRegistry registry) {
    most = config.maxWaiters();
    Gauge.builder("tallo.waiters", this, Watchers::count)
        .description("Requests that wait for a task's outcome, or watch a task")
        .register(registry);
  }

  /** One who wants to know. */
  final class Watcher {
    private final String id;
    private final Interest interest;
    private final Uni<Void> woken;
    private volatile UniEmitter<? super Void> emitter;
    private volatile boolean called;

    private Watcher(String id, Interest interest) {
      this.id = id;
      this.interest = interest;
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

    /** Completes when what it wants to know of has happened, or when the service ends. */
    Uni<Void> woken() {
      return woken;
    }

    void leave() {
      byId.computeIfPresent(
          id,
          (key, watchers) -> {
            if (watchers.remove(this)) {
              count.decrementAndGet();
            }
            return watchers.isEmpty() ? null : watchers;
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

  int count() {
    return count.get();
  }

  /** Whether the service ends, so that nobody may wait any more. */
  boolean closed() {
    return closed;
  }

  /** The tasks that somebody wants to know of. */
  Set<String> ids() {
    return Set.copyOf(byId.keySet());
  }

  /**
   * Begins to watch, from this moment on.
   *
   * @throws TooManyWaitersException when as many watch as may
   */
  Watcher enter(String id, Interest interest) {
    if (count.incrementAndGet() > most) {
      count.decrementAndGet();
      throw new TooManyWaitersException(most);
    }
    Watcher watcher = new Watcher(id, interest);
    byId.compute(
        id,
        (key, watchers) -> {
          List<Watcher> all = watchers == null ? new ArrayList<>(1) : watchers;
          all.add(watcher);
          return all;
        });
    if (closed) {
      ended(List.of(id));
    }
    return watcher;
  }

  /** These tasks have ended. */
  public void ended(Collection<String> ids) {
    if (byId.isEmpty()) {
      return;
    }
    for (String id : ids) {
      List<Watcher> watchers = byId.remove(id);
      if (watchers != null) {
        count.addAndGet(-watchers.size());
        watchers.forEach(Watcher::wake);
      }
    }
  }

  /** Something has happened to this task. */
  public void changed(String id) {
    if (byId.isEmpty()) {
      return;
    }
    List<Watcher> woken = new ArrayList<>(0);
    byId.computeIfPresent(
        id,
        (key, watchers) -> {
          watchers.stream().filter(w -> w.interest == Interest.ANY_CHANGE).forEach(woken::add);
          watchers.removeAll(woken);
          return watchers.isEmpty() ? null : watchers;
        });
    count.addAndGet(-woken.size());
    woken.forEach(Watcher::wake);
  }

  /** Wakes everyone, and whoever comes from now on. */
  public void close() {
    closed = true;
    ended(List.copyOf(byId.keySet()));
  }
}
