package dev.tallo.routing.binding;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.Exclusive;
import dev.tallo.messaging.broker.Exclusive.Held;
import dev.tallo.messaging.broker.Exclusive.TaskBinding;
import dev.tallo.messaging.broker.PublishException;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.routing.configuration.RoutingConfiguration;
import dev.tallo.routing.rule.CurrentRules;
import dev.tallo.routing.rule.Rule;
import dev.tallo.routing.rule.RuleEdit;
import dev.tallo.routing.rule.RuleSet;
import dev.tallo.routing.rule.RuleStore;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
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
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/**
 * The one who binds names to queues and undoes it, and therefore the one who changes rules.
 *
 * <p>Of all replicas one at a time has its turn: it holds a right at the broker, on whose
 * connection it requests every change of a binding, and has claimed the number under which it
 * writes to the store. Who loses the right, because he died, hangs or is cut off, can neither
 * change a binding nor write any more, so a turn never meets work of an earlier one. In a turn the
 * rules of the store do not change but by that turn (or by a replica that starts with another
 * configuration, which ends it), so that what is decided by them holds.
 *
 * <p>What always holds: a binding has its row in the store, since the row is written first and
 * deleted last; a name that moves is unbound before it is bound. A message that comes while its
 * name is unbound falls through to a dispatcher, so none is lost and none is doubled. A change
 * unbinds what it affects, then is committed, then answered: a message that is published after that
 * finds no binding of before, and is dispatched by the new rules (see {@link CurrentRules}).
 *
 * <p>Threads: all work of a replica is done on one virtual thread, one thing after the other.
 * Dispatches only leave a name in {@code wanted}, a bounded set; a name that finds it full is
 * learned with a later message.
 */
@Singleton
public class BindingWriter implements AutoCloseable {
  /** Most names that wait to be learned. */
  static final int MAX_WANTED = 1_000;

  /** Most names that are recorded in one transaction. */
  private static final int BATCH = 100;

  /** Most bindings of a look at what is bound; the others' turns come in between. */
  private static final int PAGE = 500;

  /** Most requests of one round of {@link #reconcile}; it goes on there the next time. */
  private static final int REQUESTS_OF_A_ROUND = 20_000;

  /**
   * A message of a name that was bound longer ago than this says that the binding is gone (its
   * queue was deleted, the broker lost its data); before, the message is older than the binding.
   */
  static final Duration BIND_AGAIN_AFTER = Duration.ofSeconds(10);

  private static final int MAX_RECENT = 100_000;
  private static final String RIGHT = "tallo.routing.bindings";
  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration PATIENCE_TO_CHANGE = Duration.ofSeconds(12);
  private static final Duration PATIENCE_TO_LEARN = Duration.ofSeconds(2);
  private static final Duration TRY_AGAIN = Duration.ofMillis(15);
  private static final Duration SHUTDOWN = Duration.ofSeconds(10);
  private static final Logger LOG = Logger.getLogger(BindingWriter.class);

  private final CurrentRules rules;
  private final RuleStore ruleStore;
  private final LearnedBindings store;
  private final Broker broker;
  private final int maxLearned;
  private final boolean createQueues;
  private final Clock clock;
  private final Counter evictions;
  private final Counter repairs;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("binding-writer").factory());
  private final Set<String> wanted = ConcurrentHashMap.newKeySet();
  private final Map<String, Bound> recent = new ConcurrentHashMap<>();
  private final AtomicInteger count = new AtomicInteger();
  private Optional<Exclusive> right = Optional.empty();
  private String reconciledTo = "";

  /** When this replica bound a name, and under which rules. */
  private record Bound(Instant at, long version) {}

  public BindingWriter(
      CurrentRules rules,
      RuleStore ruleStore,
      LearnedBindings store,
      Broker broker,
      RoutingConfiguration configuration,
      Clock clock,
      MeterRegistry registry) {
    this.rules = rules;
    this.ruleStore = ruleStore;
    this.store = store;
    this.broker = broker;
    this.maxLearned = configuration.maxLearned();
    this.createQueues = configuration.createQueues();
    this.clock = clock;
    Gauge.builder("tallo.routing.learned", count, AtomicInteger::get)
        .description("Task names that the broker sends to their queue by itself, over all replicas")
        .register(registry);
    evictions =
        Counter.builder("tallo.routing.unlearned")
            .description("Names unlearned to make room for others")
            .register(registry);
    repairs =
        Counter.builder("tallo.routing.repaired")
            .description("Learned names that the rules in force do not bear out, put right")
            .register(registry);
  }

  /** How many names are learned, as last counted. */
  public int size() {
    return count.get();
  }

  /** Whether nothing waits to be learned. */
  public boolean settled() {
    return wanted.isEmpty();
  }

  /**
   * Has a name learned soon, unless it was just now. Never blocks.
   *
   * @param version of the rules by which its message was dispatched
   */
  public void learn(String task, long version) {
    if (maxLearned > 0
        && wanted.size() < MAX_WANTED
        && Names.isTaskName(task)
        && !boundJustNow(task, version)
        && wanted.add(task)) {
      try {
        thread.execute(this::learnWanted);
      } catch (RejectedExecutionException closed) {
        // The service stops; the name is learned after its next start.
      }
    }
  }

  /**
   * Undoes all bindings that the rules in force do not decide the same way. Has to be called once,
   * before messages are dispatched; fails when the broker or the store does.
   */
  public CompletionStage<Void> undoStale() {
    return submit(
        () -> {
          String after = "";
          int undone = 0;
          List<LearnedBinding> page;
          do {
            String from = after;
            Checked checked = turn(PATIENCE_TO_CHANGE, turn -> turn.check(from));
            page = checked.page();
            after = page.isEmpty() ? after : page.getLast().task();
            undone += checked.undone();
          } while (!page.isEmpty());
          turn(
              PATIENCE_TO_CHANGE,
              turn -> {
                turn.makeRoom(0);
                return turn;
              });
          LOG.infof(
              "%d names are learned, %d were unlearned since the rules changed",
              count.get(), undone);
          return null;
        });
  }

  /**
   * Puts right what was changed behind the service's back: binds again what the broker does not
   * have, undoes what the rules do not decide, and where a learned name is bound to another queue
   * of the rules as well, undoes that. Goes on where the last round stopped.
   */
  public CompletionStage<Void> reconcile() {
    return submit(
        () -> {
          int requests = 0;
          do {
            String from = reconciledTo;
            Checked checked = turn(PATIENCE_TO_LEARN, turn -> turn.repair(from));
            requests += checked.requests();
            reconciledTo = checked.page().isEmpty() ? "" : checked.page().getLast().task();
          } while (!reconciledTo.isEmpty() && requests < REQUESTS_OF_A_ROUND);
          return null;
        });
  }

  /**
   * Changes the rules. When the stage completes, every message that is published from then on goes
   * by the new ones, at every replica. When it fails, the old ones are in force, unless the failure
   * is one of the store while it committed.
   */
  public CompletionStage<RuleSet> change(RuleEdit edit) {
    return submit(
        () ->
            turn(
                PATIENCE_TO_CHANGE,
                turn -> {
                  RuleSet before = turn.rules;
                  RuleSet next = before.next(edit.of(before), clock.instant());
                  if (next.version() != before.version()) {
                    turn.change(next);
                  }
                  return next;
                }));
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
    right.ifPresent(Exclusive::close);
  }

  private boolean boundJustNow(String task, long version) {
    Bound bound = recent.get(task);
    return bound != null
        && bound.version() >= version
        && bound.at().plus(BIND_AGAIN_AFTER).isAfter(clock.instant());
  }

  private void learnWanted() {
    List<String> names = wanted.stream().limit(Math.min(BATCH, maxLearned)).toList();
    if (names.isEmpty()) {
      return;
    }
    try {
      turn(
          PATIENCE_TO_LEARN,
          turn -> {
            turn.learn(names);
            return turn;
          });
    } catch (SQLException
        | IOException
        | TimeoutException
        | BusyException
        | PublishException.BrokerUnavailable e) {
      // Nothing is lost: unlearned names keep coming by and are tried again with their next
      // message.
      LOG.warnf("%d names were not learned now: %s", names.size(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      names.forEach(wanted::remove);
    }
  }

  /** Work of a turn. */
  private interface Work<T> {
    T in(Turn turn) throws SQLException, IOException, TimeoutException, InterruptedException;
  }

  private <T> T turn(Duration patience, Work<T> work)
      throws SQLException, IOException, TimeoutException, InterruptedException, BusyException {
    if (right.isEmpty()) {
      right = Optional.of(broker.exclusive(RIGHT));
    }
    long deadline = System.nanoTime() + patience.toNanos();
    Optional<Held> held = right.get().take(CONNECT);
    while (held.isEmpty()) {
      if (System.nanoTime() > deadline) {
        throw new BusyException();
      }
      Thread.sleep(TRY_AGAIN.plusMillis(ThreadLocalRandom.current().nextLong(15)));
      held = right.get().take(CONNECT);
    }
    try (Held mine = held.get()) {
      long number = ruleStore.claim();
      RuleSet inForce = ruleStore.read();
      rules.seen(inForce);
      T result = work.in(new Turn(mine, number, inForce));
      count.set(store.count());
      return result;
    }
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

  /** The others have had their turns all the time. */
  public static final class BusyException extends Exception {
    private static final long serialVersionUID = 1L;

    BusyException() {
      super("another replica changes bindings all the time");
    }
  }

  /**
   * What a look at a page of learned names found.
   *
   * @param page the names
   * @param undone how many of them the rules do not bear out
   * @param requests to the broker
   */
  private record Checked(List<LearnedBinding> page, int undone, int requests) {}

  /** A turn, with the rules in force while it lasts. */
  private final class Turn {
    private final Held held;
    private final long number;
    private final RuleSet rules;

    Turn(Held held, long number, RuleSet rules) {
      this.held = held;
      this.number = number;
      this.rules = rules;
    }

    void learn(List<String> names)
        throws SQLException, IOException, TimeoutException, InterruptedException {
      Instant now = clock.instant();
      List<LearnedBinding> decided = new ArrayList<>();
      List<LearnedBinding> moved = new ArrayList<>();
      int fresh = 0;
      for (String name : names) {
        if (!boundJustNow(name, rules.version())) {
          Optional<LearnedBinding> binding = decide(name, rules, now);
          Optional<LearnedBinding> before = store.find(name);
          binding.ifPresent(decided::add);
          before.filter(old -> !sameQueue(old, binding)).ifPresent(moved::add);
          fresh += binding.isPresent() && before.isEmpty() ? 1 : 0;
        }
      }
      undo(moved);
      makeRoom(fresh);
      if (!decided.isEmpty()) {
        store.record(number, decided);
        remember(decided);
        bind(decided);
      }
    }

    /** Nothing of the page is bound otherwise than the rules in force decide. */
    Checked check(String after)
        throws SQLException, IOException, TimeoutException, InterruptedException {
      List<LearnedBinding> page = store.page(after, PAGE);
      return new Checked(page, settle(page, rules), 0);
    }

    /** And all of it is bound, and to nothing else. */
    Checked repair(String after)
        throws SQLException, IOException, TimeoutException, InterruptedException {
      int most = REQUESTS_OF_A_ROUND / Math.max(1, rules.queues().size());
      List<LearnedBinding> page = store.page(after, Math.clamp(most, 1, PAGE));
      int undone = settle(page, rules);
      repairs.increment(undone);
      List<LearnedBinding> right = new ArrayList<>();
      List<TaskBinding> elsewhere = new ArrayList<>();
      Set<String> queues = rules.queues();
      for (LearnedBinding binding : page) {
        if (sameQueue(binding, decide(binding.task(), rules, clock.instant()))) {
          right.add(binding);
          for (String queue : queues) {
            if (!queue.equals(binding.queue())) {
              elsewhere.add(new TaskBinding(binding.task(), queue));
            }
          }
        }
      }
      held.unbind(elsewhere);
      bind(right);
      return new Checked(page, undone, right.size() + elsewhere.size() + undone);
    }

    void change(RuleSet next)
        throws SQLException, IOException, TimeoutException, InterruptedException {
      if (createQueues) {
        Set<String> added = new HashSet<>(next.queues());
        added.removeAll(rules.queues());
        for (String queue : added) {
          held.declare(Topology.workQueue(queue));
        }
      }
      String after = "";
      int undone = 0;
      for (List<LearnedBinding> page = store.page(after, PAGE);
          !page.isEmpty();
          page = store.page(after, PAGE)) {
        undone += settle(page, next);
        after = page.getLast().task();
      }
      ruleStore.replace(number, next);
      BindingWriter.this.rules.seen(next);
      LOG.infof("rules version %d are in force, %d names were unlearned", next.version(), undone);
    }

    /** Unlearns those whose messages have not come by for longest. */
    void makeRoom(int needed)
        throws SQLException, IOException, TimeoutException, InterruptedException {
      int surplus = store.count() + needed - maxLearned;
      if (surplus > 0) {
        List<LearnedBinding> oldest = store.oldest(surplus);
        undo(oldest);
        evictions.increment(oldest.size());
      }
    }

    /**
     * Undoes what these rules do not decide the same way, and has the others name the rule that
     * decides now. Returns how many were undone.
     */
    private int settle(List<LearnedBinding> page, RuleSet decider)
        throws SQLException, IOException, TimeoutException, InterruptedException {
      List<LearnedBinding> stale = new ArrayList<>();
      List<LearnedBinding> renamed = new ArrayList<>();
      for (LearnedBinding binding : page) {
        Optional<LearnedBinding> decided = decide(binding.task(), decider, binding.lastPassed());
        if (!sameQueue(binding, decided)) {
          stale.add(binding);
        } else if (!decided.orElseThrow().rule().equals(binding.rule())) {
          renamed.add(decided.orElseThrow());
        }
      }
      undo(stale);
      if (!renamed.isEmpty()) {
        store.record(number, renamed);
      }
      return stale.size();
    }

    /** Unbinds all, then forgets them; if it fails midway they are still recorded. */
    private void undo(Collection<LearnedBinding> bindings)
        throws SQLException, IOException, TimeoutException, InterruptedException {
      if (!bindings.isEmpty()) {
        bindings.forEach(binding -> recent.remove(binding.task()));
        held.unbind(bindings.stream().map(LearnedBinding::atBroker).toList());
        store.forget(number, bindings);
      }
    }

    /** Binds them; forgets those whose queue is not there. */
    private void bind(List<LearnedBinding> bindings)
        throws SQLException, IOException, TimeoutException, InterruptedException {
      List<TaskBinding> refused =
          held.bind(bindings.stream().map(LearnedBinding::atBroker).toList());
      if (!refused.isEmpty()) {
        LOG.warnf("%d names were not bound, their queues are not there", refused.size());
        refused.forEach(binding -> recent.remove(binding.task()));
        store.forget(
            number, bindings.stream().filter(it -> refused.contains(it.atBroker())).toList());
      }
    }

    private void remember(List<LearnedBinding> bound) {
      Instant now = clock.instant();
      if (recent.size() > MAX_RECENT) {
        recent.values().removeIf(it -> it.at().plus(BIND_AGAIN_AFTER).isBefore(now));
      }
      bound.forEach(it -> recent.put(it.task(), new Bound(now, rules.version())));
    }

    private Optional<LearnedBinding> decide(String name, RuleSet decider, Instant passed) {
      Instant now = clock.instant();
      Optional<Rule> rule = decider.learnable(name);
      return rule.flatMap(Rule::learnableQueue)
          .map(
              queue ->
                  new LearnedBinding(
                      name, queue, rule.orElseThrow().id(), decider.version(), now, passed));
    }

    private boolean sameQueue(LearnedBinding binding, Optional<LearnedBinding> decided) {
      return decided.filter(other -> other.queue().equals(binding.queue())).isPresent();
    }
  }
}
