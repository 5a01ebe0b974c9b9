package dev.tallo.scheduler.firing;

import dev.tallo.client.TalloClient;
import dev.tallo.client.TaskCall;
import dev.tallo.client.TaskType;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.PublishException;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.trace.TaskSpan;
import dev.tallo.scheduler.firing.FiringStore.Settled;
import dev.tallo.scheduler.schedule.Call;
import dev.tallo.scheduler.store.StoreClock;
import io.opentelemetry.context.Scope;
import io.smallrye.mutiny.TimeoutException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/**
 * Sends the task of a firing, on time, until the broker has confirmed it. A virtual thread each,
 * which waits, asks about overlaps and sends. What is not sent by the end of its claim is left to
 * whoever claims it next.
 */
@Singleton
class Emitter {
  private static final Logger LOG = Logger.getLogger(Emitter.class);
  private static final Duration RETRY_FIRST = Duration.ofMillis(100);
  private static final Duration RETRY_CAP = Duration.ofSeconds(2);

  /** Before the end of a claim nothing new is begun. */
  private static final Duration MARGIN = Duration.ofSeconds(1);

  private static final Duration LAST_SENDS = Duration.ofSeconds(5);

  private final Broker broker;
  private final TalloClient client;
  private final Overlaps overlaps;
  private final Ledger ledger;
  private final FiringMetrics metrics;
  private final StoreClock clock;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("tallo-firing-", 0).factory());
  private final AtomicInteger underWay = new AtomicInteger();
  private final CountDownLatch stop = new CountDownLatch(1);

  Emitter(
      Broker broker, Overlaps overlaps, Ledger ledger, FiringMetrics metrics, StoreClock clock) {
    this.broker = broker;
    client = TalloClient.on(broker, "tallo-scheduler", clock);
    this.overlaps = overlaps;
    this.ledger = ledger;
    this.metrics = metrics;
    this.clock = clock;
  }

  /** Sends it when it is due, or at once if that has passed. */
  void emit(Firing firing) {
    underWay.incrementAndGet();
    threads.execute(
        () -> {
          try {
            run(firing);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } catch (RuntimeException e) {
            LOG.errorf(e, "%s failed; it is tried again when its claim has run out", firing);
          } finally {
            underWay.decrementAndGet();
          }
        });
  }

  /** How many firings are claimed by this replica and not sent yet. */
  int underWay() {
    return underWay.get();
  }

  /** Sends what is being sent, and begins nothing more. */
  void close() {
    stop.countDown();
    threads.shutdown();
    try {
      if (!threads.awaitTermination(LAST_SENDS.toMillis(), TimeUnit.MILLISECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run(Firing firing) throws InterruptedException {
    long wait = Duration.between(clock.instant(), firing.due()).toNanos();
    if (stop.await(Math.max(0, wait), TimeUnit.NANOSECONDS)) {
      return;
    }
    Optional<String> skip = overlaps.reasonToSkip(firing);
    Optional<Instant> expires = firing.order().call().expires().map(firing.due()::plus);
    if (skip.isPresent()) {
      settle(firing, FiringState.SKIPPED, skip);
    } else if (expires.filter(time -> !time.isAfter(clock.instant())).isPresent()) {
      settle(firing, FiringState.MISSED, Optional.of("it expired before it could be sent"));
    } else {
      sendTraced(firing, expires);
    }
  }

  private void sendTraced(Firing firing, Optional<Instant> expires) throws InterruptedException {
    TaskSpan span = TaskSpan.fire(firing.order().call().task(), firing.schedule(), firing.taskId());
    boolean sent = false;
    try (Scope _ = span.activate()) {
      sent = send(firing, expires);
    } finally {
      if (sent) {
        span.end();
      } else {
        span.fail("not sent");
      }
    }
  }

  /** It is not sent, by the misfire policy. */
  void miss(Firing firing, String why) {
    settle(firing, FiringState.MISSED, Optional.of(why));
  }

  /** Whether it was sent. */
  private boolean send(Firing firing, Optional<Instant> expires) throws InterruptedException {
    Duration pause = RETRY_FIRST;
    while (true) {
      Duration left = Duration.between(clock.instant(), firing.claimedUntil()).minus(MARGIN);
      if (!left.isPositive()) {
        LOG.warnf("%s could not be sent yet: its claim has run out", firing);
        return false;
      }
      try {
        call(firing, expires).send().await().atMost(left);
        settle(firing, FiringState.SENT, Optional.empty());
        return true;
      } catch (PublishException.Unroutable e) {
        declare(firing, e, left);
      } catch (PublishException.Unencodable | IllegalArgumentException e) {
        settle(firing, FiringState.FAILED, Optional.of(String.valueOf(e.getMessage())));
        return false;
      } catch (PublishException e) {
        LOG.debugf("%s is tried again: %s", firing, e.getMessage());
      } catch (TimeoutException e) {
        continue; // The claim has run out.
      }
      if (stop.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
        return false;
      }
      pause = pause.multipliedBy(2).compareTo(RETRY_CAP) < 0 ? pause.multipliedBy(2) : RETRY_CAP;
    }
  }

  /** A queue that was named and is not there is made: it may be that no worker ever ran. */
  private void declare(Firing firing, PublishException.Unroutable unroutable, Duration left) {
    Optional<String> queue = firing.order().call().queue();
    if (queue.isEmpty()) {
      LOG.warnf("%s is tried again: %s", firing, unroutable.getMessage());
      return;
    }
    try {
      broker.declare(Topology.workQueue(queue.get())).await().atMost(left);
    } catch (RuntimeException e) {
      LOG.warnf("%s is tried again: its queue could not be made: %s", firing, e.getMessage());
    }
  }

  private void settle(Firing firing, FiringState state, Optional<String> reason) {
    Instant now = clock.instant();
    ledger.add(new Settled(firing, state, now, reason));
    metrics.settled(firing, state);
    if (state == FiringState.SENT) {
      LOG.debugf("%s was sent", firing);
      if (firing.kind() == FiringKind.SCHEDULED) {
        metrics.late(Duration.between(firing.due(), now));
      }
    } else {
      LOG.logf(
          state == FiringState.SKIPPED ? Logger.Level.INFO : Logger.Level.WARN,
          "%s was not sent: %s",
          firing,
          reason.orElse(""));
    }
  }

  /** Of the same id whoever sends it, and however often. */
  private TaskCall<Void> call(Firing firing, Optional<Instant> expires) {
    Call order = firing.order().call();
    TaskCall<Void> call =
        client.task(TaskType.of(order.task(), Void.class)).id(firing.taskId()).toHistory();
    order.args().forEach(call::args);
    order.kwargs().properties().forEach(kwarg -> call.kwarg(kwarg.getKey(), kwarg.getValue()));
    order.queue().ifPresent(call::queue);
    order.priority().ifPresent(call::priority);
    expires.ifPresent(call::expires);
    return call;
  }
}
