package dev.tallo.producer.submit;

import dev.tallo.producer.history.NewTask;
import dev.tallo.producer.history.SpoolStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which new tasks have to wait in the history, and whether there is room for them.
 *
 * <p>A task waits while the broker is away, and behind others of its key, the queue that it names
 * or else its own name, for as long as any of those waits: so they keep their order. When the last
 * ones of a key are being published, its gate is closed for a moment: what comes in meanwhile is
 * held, and then goes the direct way behind them. Without that a key under load would never be
 * empty.
 *
 * <p>What waits is counted by looks into the store, and by what was let in here since. Other
 * replicas' tasks are thus seen with the next look. Everything is guarded by this object's lock,
 * which is held for look-ups only; {@code idle} lets submissions pass without it.
 */
@Singleton
public class Spool {
  /** Up to so many waiting tasks of a key that another replica publishes are not waited behind. */
  static final int NEARLY_EMPTY = 200;

  private static final Duration GATE_CLOSED_AT_MOST = Duration.ofMillis(1_500);

  /** Which way a new task goes. */
  enum Way {
    TO_BROKER,
    WAITS,
    NO_ROOM
  }

  /** Tasks of a key that were let in here and that a look may not have seen yet. */
  private static final class LetIn {
    private long lastEntry;
    private int beingStored;
    private long storedBeforeLook;
  }

  private final SpoolConfig config;
  private Map<String, SpoolStore.Waiting> seen = Map.of();
  private final Map<String, LetIn> letIn = new HashMap<>();
  private final Map<String, CompletableFuture<Void>> gates = new HashMap<>();
  private boolean publishes;
  private long entries;
  private long looks;
  private long tasks;
  private long bytes;
  private long tasksLetIn; // and not seen by a look
  private long bytesLetIn;
  private long tasksStored; // of those
  private long bytesStored;
  private volatile boolean idle = true;

  Spool(SpoolConfig config, MeterRegistry registry) {
    this.config = config;
    if (config.spoolMaxTasks() < 1 || config.spoolMaxTasks() > 10_000_000) {
      throw new IllegalArgumentException("tallo.producer.spool-max-tasks must be 1 to 10,000,000");
    }
    if (config.spoolMaxBytes().asLongValue() < 64 * 1024) {
      throw new IllegalArgumentException("tallo.producer.spool-max-bytes must be 64K or more");
    }
    Gauge.builder("tallo.spool.tasks", this, Spool::tasks)
        .description("Tasks that wait in the history for the broker")
        .register(registry);
    Gauge.builder("tallo.spool.size", this, Spool::bytes)
        .description("What those tasks take, about")
        .baseUnit("bytes")
        .register(registry);
    Gauge.builder("tallo.spool.tasks.max", config, SpoolConfig::spoolMaxTasks)
        .description("How many tasks may wait there")
        .register(registry);
    Gauge.builder("tallo.spool.size.max", config, c -> c.spoolMaxBytes().asLongValue())
        .description("What they may take")
        .baseUnit("bytes")
        .register(registry);
  }

  /** Whether tasks may wait at all. */
  public boolean enabled() {
    return config.spool();
  }

  /** How many wait, as far as is known. */
  public synchronized long tasks() {
    return tasks + tasksLetIn;
  }

  /** What they take, about. */
  public synchronized long bytes() {
    return bytes + bytesLetIn;
  }

  /** What a task waits behind. */
  static String keyOf(NewTask task) {
    return task.queue().map(queue -> "queue " + queue).orElseGet(() -> "task " + task.name());
  }

  /** Completes when no gate of these tasks is closed, or after a moment in any case. */
  CompletionStage<Void> passage(Collection<NewTask> wanted) {
    if (idle) {
      return CompletableFuture.completedStage(null);
    }
    Set<CompletableFuture<Void>> closed = new HashSet<>();
    synchronized (this) {
      for (NewTask task : wanted) {
        CompletableFuture<Void> gate = gates.get(keyOf(task));
        if (gate != null) {
          closed.add(gate);
        }
      }
    }
    return closed.isEmpty()
        ? CompletableFuture.completedStage(null)
        : CompletableFuture.allOf(closed.toArray(CompletableFuture[]::new))
            .completeOnTimeout(null, GATE_CLOSED_AT_MOST.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Decides over a new task; one that is to wait has to be followed by {@link #stored}.
   *
   * @param brokerAway whether it could not be published now
   */
  Way enter(NewTask task, boolean brokerAway) {
    if (!enabled() || (idle && !brokerAway)) {
      return brokerAway ? Way.NO_ROOM : Way.TO_BROKER;
    }
    String key = keyOf(task);
    synchronized (this) {
      if (!brokerAway && !waitsBehind(key)) {
        return Way.TO_BROKER;
      }
      long size = task.size();
      if (tasks() >= config.spoolMaxTasks()
          || bytes() + size > config.spoolMaxBytes().asLongValue()) {
        return Way.NO_ROOM;
      }
      tasksLetIn++;
      bytesLetIn += size;
      LetIn entered = letIn.computeIfAbsent(key, k -> new LetIn());
      entered.lastEntry = ++entries;
      entered.beingStored++;
      idle = false;
      return Way.WAITS;
    }
  }

  private boolean waitsBehind(String key) {
    SpoolStore.Waiting waiting = seen.get(key);
    return letIn.containsKey(key) || (waiting != null && (publishes || !nearlyEmpty(waiting)));
  }

  /** Tasks that were to wait are in the store now, or failed to get there. */
  synchronized void stored(List<NewTask> arrived) {
    for (NewTask task : arrived) {
      tasksStored++;
      bytesStored += task.size();
      LetIn entered = letIn.get(keyOf(task));
      if (entered != null) {
        entered.beingStored--;
        entered.storedBeforeLook = looks + 1;
      }
    }
  }

  /** Why there is no room; empty if there is. */
  synchronized Optional<String> full() {
    return tasks() >= config.spoolMaxTasks() || bytes() >= config.spoolMaxBytes().asLongValue()
        ? Optional.of(
            "as many tasks wait for the broker as may (tallo.producer.spool-max-tasks and"
                + " -max-bytes)")
        : Optional.empty();
  }

  /** What was seen or let in since. */
  synchronized Set<String> keys() {
    Set<String> keys = new TreeSet<>(seen.keySet());
    keys.addAll(letIn.keySet());
    return keys;
  }

  /** A look into the store, which sees at least what was stored before it began. */
  record Look(long number, long tasksStored, long bytesStored) {}

  /** Before the store is looked into. */
  synchronized Look beginLook() {
    return new Look(++looks, tasksStored, bytesStored);
  }

  /**
   * What the look showed.
   *
   * @param publishes whether this replica is the one that publishes what waits
   */
  synchronized void endLook(Look look, List<SpoolStore.Waiting> waiting, boolean publishes) {
    Map<String, SpoolStore.Waiting> byKey = new HashMap<>();
    tasks = 0;
    bytes = 0;
    for (SpoolStore.Waiting key : waiting) {
      byKey.put(key.key(), key);
      tasks += key.tasks();
      bytes += key.bytes();
    }
    tasksLetIn -= look.tasksStored();
    bytesLetIn -= look.bytesStored();
    tasksStored -= look.tasksStored();
    bytesStored -= look.bytesStored();
    seen = byKey;
    this.publishes = publishes;
    letIn
        .entrySet()
        .removeIf(
            entry ->
                isSeen(entry.getValue(), look)
                    ? !byKey.containsKey(entry.getKey())
                    : !publishes && nearlyEmpty(byKey.get(entry.getKey())));
    idle = seen.isEmpty() && letIn.isEmpty() && gates.isEmpty();
  }

  private static boolean isSeen(LetIn entered, Look look) {
    return entered.beingStored <= 0 && entered.storedBeforeLook <= look.number();
  }

  private static boolean nearlyEmpty(SpoolStore.@Nullable Waiting waiting) {
    return waiting != null && waiting.tasks() <= NEARLY_EMPTY;
  }

  /** Holds new tasks of a key back, for as long as its last ones are being published. */
  synchronized void closeGate(String key) {
    gates.computeIfAbsent(key, k -> new CompletableFuture<>());
  }

  /** A number that changes with each task let in; empty while one is on its way to the store. */
  synchronized OptionalLong settled(String key) {
    LetIn entered = letIn.get(key);
    if (entered == null) {
      return OptionalLong.of(0);
    }
    return entered.beingStored > 0 ? OptionalLong.empty() : OptionalLong.of(entered.lastEntry);
  }

  /**
   * None of the key waited when this number was given: new ones go the direct way, unless one was
   * let in since.
   */
  synchronized void emptied(String key, long settled) {
    LetIn entered = letIn.get(key);
    if (entered != null && (entered.beingStored > 0 || entered.lastEntry != settled)) {
      return;
    }
    letIn.remove(key);
    if (seen.containsKey(key)) {
      Map<String, SpoolStore.Waiting> others = new HashMap<>(seen);
      others.remove(key);
      seen = others;
    }
  }

  void openGate(String key) {
    CompletableFuture<Void> gate;
    synchronized (this) {
      gate = gates.remove(key);
    }
    if (gate != null) {
      gate.complete(null);
    }
  }
}
