package dev.tallo.routing.binding;

import dev.tallo.messaging.protocol.Names;
import dev.tallo.routing.configuration.RoutingConfiguration;
import dev.tallo.routing.rule.ActiveRules;
import dev.tallo.routing.rule.ConfiguredRules;
import dev.tallo.routing.rule.Rule;
import dev.tallo.routing.rule.RuleSet;
import dev.tallo.routing.rule.RuleStore;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * The one who binds names to queues and undoes it, and therefore the one who changes rules.
 *
 * <p>Threads: all work is done on one virtual thread, one thing after the other, so that no name is
 * ever bound to two queues. Dispatches only leave a name in {@code wanted}, a bounded set; a name
 * that finds it full is learned with a later message. {@code learned} mirrors the store; only the
 * writer's thread changes it, others read.
 *
 * <p>What always holds: a binding has its row in the store, since the row is written first and
 * deleted last; a name that moves is unbound before it is bound. A message that comes while its
 * name is unbound falls through to the dispatcher, so none is lost and none is doubled.
 */
@Singleton
public class BindingWriter implements AutoCloseable {
  /** Most names that wait to be learned. */
  static final int MAX_WANTED = 1_000;

  /** Most names that are recorded in one transaction. */
  private static final int BATCH = 100;

  /**
   * A message of a name that was bound longer ago than this says that the binding is gone (its
   * queue was deleted, the broker lost its data); before, the message is older than the binding.
   */
  static final Duration BIND_AGAIN_AFTER = Duration.ofSeconds(10);

  private static final Duration SHUTDOWN = Duration.ofSeconds(10);
  private static final Logger LOG = Logger.getLogger(BindingWriter.class);

  private final ActiveRules active;
  private final ConfiguredRules configured;
  private final RuleStore ruleStore;
  private final LearnedBindings store;
  private final BrokerBindings broker;
  private final int maxLearned;
  private final Clock clock;
  private final Counter evictions;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("binding-writer").factory());
  private final Set<String> wanted = ConcurrentHashMap.newKeySet();
  private final Map<String, Entry> learned = new ConcurrentHashMap<>();

  /**
   * What is known of a recorded name.
   *
   * @param bound when its binding was made by this process; none: not, or it is not known
   */
  private record Entry(LearnedBinding binding, Optional<Instant> bound) {}

  public BindingWriter(
      ActiveRules active,
      ConfiguredRules configured,
      RuleStore ruleStore,
      LearnedBindings store,
      BrokerBindings broker,
      RoutingConfiguration configuration,
      Clock clock,
      MeterRegistry registry) {
    this.active = active;
    this.configured = configured;
    this.ruleStore = ruleStore;
    this.store = store;
    this.broker = broker;
    this.maxLearned = configuration.maxLearned();
    this.clock = clock;
    Gauge.builder("tallo.routing.learned", learned, Map::size)
        .description("Task names that the broker sends to their queue by itself")
        .register(registry);
    evictions =
        Counter.builder("tallo.routing.unlearned")
            .description("Names unlearned to make room for others")
            .register(registry);
  }

  /** How many names are learned now. */
  public int size() {
    return learned.size();
  }

  /** Whether nothing waits to be learned. */
  public boolean settled() {
    return wanted.isEmpty();
  }

  /** Where a name is bound, if it is learned. */
  public Optional<LearnedBinding> find(String task) {
    return Optional.ofNullable(learned.get(task)).map(Entry::binding);
  }

  /** Has a name learned soon, unless it was just now. Never blocks. */
  public void learn(String task) {
    if (maxLearned > 0
        && wanted.size() < MAX_WANTED
        && Names.isTaskName(task)
        && !boundJustNow(task, clock.instant())
        && wanted.add(task)) {
      try {
        thread.execute(this::learnWanted);
      } catch (RejectedExecutionException closed) {
        // The service stops; the name is learned after its next start.
      }
    }
  }

  /**
   * Undoes the bindings of the last run that the rules in force no longer decide the same way. Has
   * to be called once, before messages are dispatched; fails when the broker or the store does.
   */
  public CompletionStage<Void> reconcile() {
    return submit(
        () -> {
          for (LearnedBinding binding : store.all()) {
            learned.put(binding.task(), new Entry(binding, Optional.empty()));
          }
          List<LearnedBinding> stale = affectedBy(active.get());
          undo(stale);
          makeRoom(0);
          LOG.infof(
              "%d names are learned, %d were unlearned since the rules changed",
              learned.size(), stale.size());
          return null;
        });
  }

  /**
   * Puts other rules in force. When the stage completes, every message that is published from then
   * on goes by them. When it fails, the old ones are in force.
   */
  public CompletionStage<RuleSet> change(List<Rule> rules) {
    return submit(
        () -> {
          configured.requireNoLoop(rules);
          RuleSet next = new RuleSet(active.get().version() + 1, rules);
          broker.declareWorkQueues(next.queues());
          List<LearnedBinding> affected = affectedBy(next);
          undo(affected);
          RuleSet inForce = ruleStore.activate(rules);
          active.set(inForce);
          LOG.infof(
              "rules version %d are in force, %d names were unlearned",
              inForce.version(), affected.size());
          return inForce;
        });
  }

  /** Finishes what was begun; names that still wait are learned another time. */
  @Override
  public void close() {
    wanted.clear();
    thread.shutdown();
    try {
      if (!thread.awaitTermination(SHUTDOWN.toSeconds(), TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private boolean boundJustNow(String task, Instant now) {
    Entry entry = learned.get(task);
    return entry != null
        && entry.bound().isPresent()
        && entry.bound().get().plus(BIND_AGAIN_AFTER).isAfter(now);
  }

  private void learnWanted() {
    List<String> names = wanted.stream().limit(Math.min(BATCH, maxLearned)).toList();
    try {
      Map<String, LearnedBinding> decided = decide(names);
      makeRoom(decided.keySet().stream().filter(name -> !learned.containsKey(name)).count());
      unbindMoved(decided);
      if (!decided.isEmpty() && store.record(decided.values())) {
        decided.forEach((name, it) -> learned.put(name, new Entry(it, Optional.empty())));
        broker.bind(decided.values());
        Optional<Instant> now = Optional.of(clock.instant());
        decided.forEach((name, it) -> learned.put(name, new Entry(it, now)));
      }
    } catch (SQLException | BrokerBindings.FailedException e) {
      // Nothing is lost: unlearned names keep coming by and are tried again with their next
      // message.
      LOG.warnf("%d names were not learned now: %s", names.size(), e.getMessage());
    } finally {
      names.forEach(wanted::remove);
    }
  }

  /** Decides by the rules of now: they may have changed since the names were asked for. */
  private Map<String, LearnedBinding> decide(List<String> names) {
    RuleSet rules = active.get();
    Instant now = clock.instant();
    Map<String, LearnedBinding> decided = new LinkedHashMap<>();
    for (String name : names) {
      if (!boundJustNow(name, now)) {
        rules
            .learnable(name)
            .map(rule -> binding(name, rule, rules.version(), now))
            .ifPresent(binding -> decided.put(name, binding));
      }
    }
    return decided;
  }

  private static LearnedBinding binding(String name, Rule rule, long version, Instant now) {
    return new LearnedBinding(name, rule.queue(), rule.match().toString(), version, now);
  }

  /**
   * Unlearns those whose messages have not come by for longest. The broker does not tell when it
   * last used a binding: a name that is still in use comes by with its next message and is learned
   * anew, at the young end.
   */
  private void makeRoom(long needed) throws SQLException, BrokerBindings.FailedException {
    long surplus = learned.size() + needed - maxLearned;
    if (surplus > 0) {
      List<LearnedBinding> oldest =
          learned.values().stream()
              .map(Entry::binding)
              .sorted(Comparator.comparing(LearnedBinding::lastPassed))
              .limit(surplus)
              .toList();
      undo(oldest);
      evictions.increment(oldest.size());
    }
  }

  private void unbindMoved(Map<String, LearnedBinding> decided)
      throws BrokerBindings.FailedException {
    List<LearnedBinding> moved = new ArrayList<>();
    for (LearnedBinding binding : decided.values()) {
      Entry before = learned.get(binding.task());
      if (before != null && !before.binding().queue().equals(binding.queue())) {
        moved.add(before.binding());
      }
    }
    broker.unbind(moved);
  }

  private List<LearnedBinding> affectedBy(RuleSet rules) {
    List<LearnedBinding> affected = new ArrayList<>();
    for (Entry entry : learned.values()) {
      LearnedBinding binding = entry.binding();
      boolean same =
          rules
              .learnable(binding.task())
              .filter(rule -> rule.queue().equals(binding.queue()))
              .isPresent();
      if (!same) {
        affected.add(binding);
      }
    }
    return affected;
  }

  /** Unbinds all, then forgets them; if it fails midway they are still recorded. */
  private void undo(List<LearnedBinding> bindings)
      throws SQLException, BrokerBindings.FailedException {
    if (bindings.isEmpty()) {
      return;
    }
    bindings.forEach(it -> learned.put(it.task(), new Entry(it, Optional.empty())));
    broker.unbind(bindings);
    store.forget(bindings.stream().map(LearnedBinding::task).toList());
    bindings.forEach(binding -> learned.remove(binding.task()));
  }

  private <T> CompletionStage<T> submit(Callable<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    try {
      thread.execute(
          () -> {
            try {
              result.complete(work.call());
            } catch (Exception e) {
              result.completeExceptionally(e);
            }
          });
    } catch (RejectedExecutionException closed) {
      result.completeExceptionally(closed);
    }
    return result;
  }
}
