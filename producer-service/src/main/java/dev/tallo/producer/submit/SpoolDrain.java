package dev.tallo.producer.submit;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.PublishException;
import dev.tallo.producer.history.Leases;
import dev.tallo.producer.history.SpoolStore;
import dev.tallo.producer.history.StoredTask;
import dev.tallo.producer.history.TaskError;
import dev.tallo.producer.watch.Watchers;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Publishes what waits in the history, when the broker takes it: of each key in the order of
 * submission, a page of {@value #PAGE} at a time. One replica does so at a time; what it had under
 * way when it died is published again by its successor, under the same id.
 *
 * <p>A key whose queue takes nothing waits, and is tried again with its first task alone, so that
 * none overtakes it. A task whose queue is not there any more fails.
 *
 * <p>Threads: one looks what waits; each key is emptied by a virtual thread of its own, {@value
 * #KEYS_AT_ONCE} at a time, so that one whose queue does not answer holds up no other. Memory is
 * bounded by their pages.
 */
@Singleton
public class SpoolDrain {
  private static final Logger LOG = Logger.getLogger(SpoolDrain.class);

  static final int PAGE = Spool.NEARLY_EMPTY;

  private static final long PAGE_BYTES = 4 << 20;
  private static final int KEYS_AT_ONCE = 8;
  private static final String LEASE = "spool";
  private static final Duration LEASE_TIME = Duration.ofSeconds(30);
  private static final Duration INTERVAL = Duration.ofMillis(200);
  private static final Duration ON_ITS_WAY = Duration.ofMillis(10);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final Duration PAGE_WITHIN = Duration.ofSeconds(10);
  private static final Duration STORE_WITHIN = Duration.ofSeconds(10);
  private static final Duration BACK_OFF = Duration.ofSeconds(2);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);
  private static final Duration END = Duration.ofSeconds(12);

  private final Spool spool;
  private final SpoolStore store;
  private final Leases leases;
  private final Broker broker;
  private final Preparation preparation;
  private final Watchers watchers;
  private final Clock clock;
  private final Counter published;
  private final Counter failed;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;

  private final ExecutorService emptying = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore free = new Semaphore(KEYS_AT_ONCE);
  private final Set<String> underWay = ConcurrentHashMap.newKeySet();
  private final Map<String, Instant> backingOff = new ConcurrentHashMap<>();
  private volatile boolean holding;
  private Instant lastLook = Instant.EPOCH; // by the thread that looks only

  SpoolDrain(
      Spool spool,
      SpoolStore store,
      Leases leases,
      Broker broker,
      Preparation preparation,
      Watchers watchers,
      Clock clock,
      MeterRegistry registry) {
    this.spool = spool;
    this.store = store;
    this.leases = leases;
    this.broker = broker;
    this.preparation = preparation;
    this.watchers = watchers;
    this.clock = clock;
    published =
        Counter.builder("tallo.spool.published")
            .description("Tasks published after they had waited in the history")
            .register(registry);
    failed =
        Counter.builder("tallo.spool.failed")
            .description("Tasks that waited in the history and could never be published")
            .register(registry);
    thread = Thread.ofVirtual().name("tallo-spool").unstarted(this::run);
  }

  /** Begins to look. What waits is published also when no more may wait. */
  public void start() {
    thread.start();
  }

  /** Publishes no more; another replica goes on, or this one after its next start. */
  public void stop() {
    stop.countDown();
    try {
      thread.join(END);
      emptying.shutdown();
      if (!emptying.awaitTermination(END.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("some tasks were being published when the service ended; they are sent again");
      }
      if (holding) {
        leases.release(LEASE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (!stop.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          round();
        } catch (RuntimeException e) {
          LOG.warnf("the tasks that wait for the broker are published later: %s", e.getMessage());
          holding = false;
          stop.await(AFTER_FAILURE.toMillis(), TimeUnit.MILLISECONDS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void round() {
    Instant now = clock.instant();
    if (spool.keys().isEmpty() && now.isBefore(lastLook.plus(LOOK_EVERY))) {
      return;
    }
    lastLook = now;
    Spool.Look look = spool.beginLook();
    spool.endLook(look, store.waiting().await().atMost(STORE_WITHIN), holding || !store.shared());
    Set<String> keys = spool.keys();
    backingOff.keySet().retainAll(keys);
    if (keys.isEmpty()) {
      if (holding) {
        done(leases.release(LEASE));
        holding = false;
      }
      return;
    }
    for (String key : keys) {
      boolean due = !backingOff.getOrDefault(key, Instant.EPOCH).isAfter(now);
      if (due && !underWay.contains(key) && mayPublish() && free.tryAcquire()) {
        underWay.add(key);
        emptying.execute(() -> emptyQuietly(key));
      }
    }
  }

  private void emptyQuietly(String key) {
    try {
      empty(key);
    } catch (RuntimeException e) {
      LOG.warnf("tasks of '%s' wait on: %s", key, e.getMessage());
      backingOff.put(key, clock.instant().plus(BACK_OFF));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      underWay.remove(key);
      free.release();
    }
  }

  private boolean mayPublish() {
    if (stop.getCount() == 0 || !broker.status().usable()) {
      return false;
    }
    holding = done(leases.hold(LEASE, LEASE_TIME));
    return holding;
  }

  /** Publishes all that waits of a key, unless its queue or the broker takes nothing. */
  private void empty(String key) throws InterruptedException {
    try {
      boolean closed = false;
      boolean cautious = backingOff.containsKey(key);
      while (mayPublish()) {
        OptionalLong settled = spool.settled(key);
        SpoolStore.Page page =
            store.oldest(key, cautious ? 1 : PAGE, PAGE_BYTES).await().atMost(STORE_WITHIN);
        if (page.tasks().isEmpty() && closed && settled.isPresent()) {
          spool.emptied(key, settled.getAsLong());
          backingOff.remove(key);
          return;
        }
        if (page.last() && !closed) {
          spool.closeGate(key);
          closed = true;
        }
        if (page.tasks().isEmpty()) {
          stop.await(ON_ITS_WAY.toMillis(), TimeUnit.MILLISECONDS);
        } else if (!publish(key, page.tasks())) {
          backingOff.put(key, clock.instant().plus(BACK_OFF));
          return;
        }
        cautious = false;
        backingOff.remove(key);
      }
    } finally {
      spool.openGate(key);
    }
  }

  /** Publishes a page; whether to go on with the next one. */
  private boolean publish(String key, List<SpoolStore.Spooled> page) {
    Set<String> claimed = done(store.claim(page.stream().map(one -> one.task().id()).toList()));
    List<SpoolStore.Spooled> mine = new ArrayList<>();
    List<Publication> publications = new ArrayList<>();
    for (SpoolStore.Spooled one : page) {
      if (claimed.contains(one.task().id())) {
        try {
          publications.add(preparation.publication(one.task()));
          mine.add(one);
        } catch (IllegalArgumentException e) {
          fail(one.task(), new TaskError("Unencodable", e.getMessage(), Optional.empty()));
        }
      }
    }
    BitSet lost = delayedToNowhere(mine);
    List<PublishRound.Outcome> outcomes =
        new PublishRound(
                broker.publisher(),
                publications,
                lost,
                false,
                System.nanoTime() + PAGE_WITHIN.toNanos())
            .run()
            .toCompletableFuture()
            .join();
    return conclude(key, mine, outcomes);
  }

  /** The broker returns no delayed task whose queue is missing, so it is asked before. */
  private BitSet delayedToNowhere(List<SpoolStore.Spooled> tasks) {
    BitSet lost = new BitSet();
    Optional<Boolean> there = Optional.empty();
    Instant now = clock.instant();
    for (int i = 0; i < tasks.size(); i++) {
      StoredTask task = tasks.get(i).task();
      if (task.queue().isPresent() && task.eta().filter(now::isBefore).isPresent()) {
        if (there.isEmpty()) {
          there = Optional.of(isThere(task.queue().get()));
        }
        lost.set(i, !there.get());
      }
    }
    return lost;
  }

  private boolean isThere(String queue) {
    return broker
        .requireQueue(queue)
        .map(nothing -> true)
        .onFailure(PublishException.Unroutable.class)
        .recoverWithItem(false)
        .await()
        .atMost(PAGE_WITHIN);
  }

  private boolean conclude(
      String key, List<SpoolStore.Spooled> tasks, List<PublishRound.Outcome> outcomes) {
    List<String> gone = new ArrayList<>();
    List<String> certainlyHere = new ArrayList<>();
    Optional<String> trouble = Optional.empty();
    for (int i = 0; i < outcomes.size(); i++) {
      StoredTask task = tasks.get(i).task();
      switch (outcomes.get(i)) {
        case PublishRound.Confirmed ignored -> gone.add(task.id());
        case PublishRound.Skipped ignored -> fail(task, unknownQueue(task));
        case PublishRound.Unroutable(String why) when task.queue().isPresent() ->
            fail(task, unknownQueue(task));
        case PublishRound.Unencodable(String why) ->
            fail(task, new TaskError("Unencodable", why, Optional.empty()));
        case PublishRound.Unroutable(String why) -> trouble = Optional.of(why);
        case PublishRound.Full(String why) -> {
          trouble = Optional.of(why);
          if (tasks.get(i).unpublished()) {
            certainlyHere.add(task.id());
          }
        }
        case PublishRound.Unpublished(String why) -> {
          trouble = Optional.of(why);
          if (tasks.get(i).unpublished()) {
            certainlyHere.add(task.id());
          }
        }
        case PublishRound.Unknown(String why) -> trouble = Optional.of(why);
      }
    }
    done(store.published(gone));
    published.increment(gone.size());
    if (!certainlyHere.isEmpty()) {
      done(store.release(certainlyHere));
    }
    trouble.ifPresent(why -> LOG.warnf("tasks of '%s' wait on: %s", key, why));
    return trouble.isEmpty();
  }

  private static TaskError unknownQueue(StoredTask task) {
    return new TaskError(
        "UnknownQueue",
        "there is no queue '%s' any more".formatted(task.queue().orElseThrow()),
        Optional.empty());
  }

  private void fail(StoredTask task, TaskError error) {
    LOG.errorf("task %s fails: %s", task.id(), error.message());
    if (done(store.fail(task, error))) {
      failed.increment();
      watchers.ended(List.of(task.id()));
    }
  }

  private static <T> T done(CompletionStage<T> stage) {
    return Uni.createFrom().completionStage(stage).await().atMost(STORE_WITHIN);
  }
}
