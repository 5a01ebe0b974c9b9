package dev.tallo.worker.execution;

import com.rabbitmq.client.AMQP;
import dev.tallo.messaging.broker.DeadLetters;
import dev.tallo.messaging.broker.Delay;
import dev.tallo.messaging.broker.Delivery;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.PublishException;
import dev.tallo.messaging.broker.Publisher;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskException;
import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.TaskResult;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import dev.tallo.worker.WorkerConfig;
import dev.tallo.worker.event.WorkerEvents;
import dev.tallo.worker.execution.TaskExecution.Conclusion;
import dev.tallo.worker.execution.TaskExecution.Conclusion.Ended;
import dev.tallo.worker.execution.TaskExecution.Decision;
import dev.tallo.worker.limit.TaskLimiter;
import dev.tallo.worker.limit.TaskLimiter.Permit;
import dev.tallo.worker.outcome.OutcomeBatcher;
import dev.tallo.worker.outcome.Replies;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/**
 * Works on one delivery: reads it, has its task run, publishes what became of it, acknowledges the
 * delivery once the broker has that outcome. Whatever happens, the delivery is settled or still
 * belongs to an attempt whose outcome is on its way, and its slot is freed exactly once.
 *
 * <p>Threads: {@link #run} is called on a virtual thread of its own, which runs the task; what
 * follows is done by the thread that ends it.
 */
final class TaskRunner {
  /** Header of ours: since when a message of an unknown task goes round; ISO 8601. */
  static final String UNKNOWN_SINCE = "x-tallo-unknown-since";

  private static final Logger LOG = Logger.getLogger("dev.tallo.worker");
  private static final Duration SETTLE_WITHIN = Duration.ofSeconds(30);
  private static final Duration WHEN_FULL = Duration.ofSeconds(5);
  private static final Duration HELD_FOR_ITS_TURN = Duration.ofSeconds(1);
  private static final Duration ANNOUNCED_AFTER = Duration.ofMillis(50);
  private static final Duration LOOK_SETTLED = Duration.ofMillis(10);
  private static final int UNKNOWN_NAMES_TOLD = 1_000;

  private final String worker;
  private final List<String> tasks;
  private final WorkerConfig.UnknownTask unknownTasks;
  private final TaskExecution execution;
  private final TaskLimiter limiter;
  private final Publisher publisher;
  private final DeadLetters deadLetters;
  private final OutcomeBatcher outcomes;
  private final Replies replies;
  private final WorkerEvents events;
  private final TaskMetrics metrics;
  private final Clock clock;
  private final Executor executor;
  private final Runnable slotFree;
  private final java.util.function.Consumer<Delivery> offerAgain;
  private final ConcurrentMap<Attempt.Key, Attempt> underWay = new ConcurrentHashMap<>();
  private final AtomicInteger burials = new AtomicInteger();
  private final Set<String> unknownTold = ConcurrentHashMap.newKeySet();
  private final LongAdder processed = new LongAdder();

  TaskRunner(
      String worker,
      List<String> tasks,
      WorkerConfig.UnknownTask unknownTasks,
      TaskExecution execution,
      TaskLimiter limiter,
      Publisher publisher,
      OutcomeBatcher outcomes,
      Replies replies,
      WorkerEvents events,
      TaskMetrics metrics,
      Clock clock,
      Executor executor,
      Runnable slotFree,
      java.util.function.Consumer<Delivery> offerAgain) {
    this.worker = worker;
    this.tasks = tasks;
    this.unknownTasks = unknownTasks;
    this.execution = execution;
    this.limiter = limiter;
    this.publisher = publisher;
    this.deadLetters = new DeadLetters(publisher, worker);
    this.outcomes = outcomes;
    this.replies = replies;
    this.events = events;
    this.metrics = metrics;
    this.clock = clock;
    this.executor = executor;
    this.slotFree = slotFree;
    this.offerAgain = offerAgain;
  }

  /** Tasks that ended since the start. */
  long processed() {
    return processed.sum();
  }

  /** Works on a delivery that has a slot. */
  void run(Intake.Entry entry) {
    Delivery delivery = entry.delivery();
    TaskMessage message;
    try {
      message = TaskCodec.decode(delivery.message());
    } catch (UndecodableMessageException e) {
      LOG.warnf("a message on queue '%s' cannot be read: %s", delivery.queue(), e.getMessage());
      bury(List.of(delivery), "undecodable", String.valueOf(e.getMessage()));
      slotFree.run();
      return;
    }
    Attempt attempt =
        new Attempt(
            message, delivery, clock, events.progressOf(message.id(), message.headers().retries()));
    if (joinsAnAttemptUnderWay(attempt)) {
      metrics.joined(delivery.queue());
      slotFree.run();
      return;
    }
    try {
      begin(attempt, entry);
    } catch (RuntimeException | Error e) {
      giveUp(attempt, e);
    }
  }

  /** Tells of a task that waits here for a slot, if it is one that will be run. */
  void announceWaiting(Intake.Entry entry) {
    Instant received = entry.delivery().received();
    if (clock.instant().isBefore(received.plus(ANNOUNCED_AFTER)) || !entry.announce()) {
      return;
    }
    try {
      TaskHeaders headers = TaskCodec.decodeHeaders(entry.delivery().message());
      if (execution.knows(headers.task()) && headers.eta().isEmpty()) {
        events.received(headers, received);
      }
    } catch (UndecodableMessageException e) {
      // It becomes a dead letter when its turn comes, with this as the reason.
      LOG.debugf("a message that waits cannot be read: %s", e.getMessage());
    }
  }

  /**
   * Whether a message of the same attempt is being worked on: handed out again after the connection
   * was lost, or published twice by a client that did not know whether the first arrived.
   */
  private boolean joinsAnAttemptUnderWay(Attempt attempt) {
    while (true) {
      Attempt other = underWay.putIfAbsent(attempt.key(), attempt);
      if (other == null) {
        return false;
      }
      if (other.adopt(attempt.delivery())) {
        return true;
      }
      underWay.remove(attempt.key(), other);
    }
  }

  private void begin(Attempt attempt, Intake.Entry entry) {
    switch (execution.decide(attempt.run())) {
      case Decision.Never(Ended ended, boolean expired) -> {
        events.revoked(attempt.id(), false, expired);
        finish(attempt, ended);
      }
      case Decision.NotBefore(Instant due) -> notBefore(attempt, due);
      case Decision.Unknown() -> unknown(attempt);
      case Decision.Now(ExecutableTask task) -> {
        switch (limiter.ask(attempt.name())) {
          case Permit.Later(Duration wait, String reason) -> later(attempt, wait, reason);
          case Permit.Granted(LongConsumer ended) -> {
            if (entry.announce()) {
              events.received(attempt.message().headers(), attempt.delivery().received());
            }
            if (attempt.delivery().redelivered()) {
              metrics.redelivered(attempt.queue());
            }
            execute(task, attempt, ended);
          }
        }
      }
    }
  }

  /** Interrupts the attempts at this task that run here. */
  void terminate(String taskId) {
    stop(StopSwitch.Reason.REVOKED, attempt -> attempt.id().equals(taskId));
  }

  /** Interrupts everything that runs; what ends by that is given back. */
  void interruptAll() {
    stop(StopSwitch.Reason.SHUTDOWN, attempt -> true);
  }

  /**
   * Waits until what follows each attempt that is over is confirmed and its deliveries are settled:
   * given back before that, they would be run beside what follows them.
   */
  boolean awaitSettled(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (unsettled() > 0) {
      if (System.nanoTime() - deadline >= 0) {
        return false;
      }
      Thread.sleep(LOOK_SETTLED);
    }
    return true;
  }

  /** Attempts that are over and whose deliveries are not settled. */
  int unsettled() {
    return burials.get() + (int) underWay.values().stream().filter(Attempt::slotLeft).count();
  }

  private void stop(StopSwitch.Reason why, Predicate<Attempt> which) {
    underWay.values().stream().filter(which).forEach(attempt -> attempt.run().stop().pull(why));
  }

  // --- not now -----------------------------------------------------------------------------

  private void notBefore(Attempt attempt, Instant due) {
    Optional<Duration> inTheBroker = Delay.until(due, attempt.started());
    if (inTheBroker.isPresent()) {
      sendBack(attempt, inTheBroker.get(), "eta");
    } else {
      hold(attempt, Duration.between(attempt.started(), due));
    }
  }

  private void later(Attempt attempt, Duration wait, String reason) {
    if (wait.compareTo(HELD_FOR_ITS_TURN) < 0) {
      hold(attempt, wait);
    } else {
      sendBack(attempt, wait, reason);
    }
  }

  private void sendBack(Attempt attempt, Duration wait, String reason) {
    metrics.delayed(attempt.queue(), reason);
    sendRound(attempt, wait.compareTo(Delay.MAX) > 0 ? Delay.MAX : wait, Map.of());
  }

  private void hold(Attempt attempt, Duration wait) {
    forget(attempt);
    List<Delivery> deliveries = attempt.settle();
    CompletableFuture.delayedExecutor(wait.toNanos(), TimeUnit.NANOSECONDS, executor)
        .execute(() -> deliveries.forEach(offerAgain));
    freeSlot(attempt);
  }

  private void unknown(Attempt attempt) {
    Instant since = unknownSince(attempt);
    if (Duration.between(since, attempt.started()).compareTo(unknownTasks.parkAfter()) < 0) {
      if (unknownTold.size() < UNKNOWN_NAMES_TOLD && unknownTold.add(attempt.name())) {
        LOG.warnf(
            "task '%s' from queue '%s' is not known here; it comes round every %s and becomes a dead"
                + " letter after %s",
            attempt.name(), attempt.queue(), unknownTasks.interval(), unknownTasks.parkAfter());
      }
      metrics.delayed(attempt.queue(), "unknown");
      sendRound(attempt, unknownTasks.interval(), Map.of(UNKNOWN_SINCE, since.toString()));
      return;
    }
    TaskException exception = Failures.notRegistered(attempt.name());
    events.failed(attempt.id(), exception, Optional.empty());
    String detail =
        "no task '%s' in worker %s, which has: %s"
            .formatted(attempt.name(), worker, String.join(", ", tasks));
    publish(
        attempt,
        Ended.with(
            execution.outcome(
                attempt.run(),
                State.FAILURE,
                exception.toJson(),
                Optional.empty(),
                Optional.empty())),
        () -> {
          forget(attempt);
          bury(attempt.settle(), "unknown-task", detail);
        });
    processed.increment();
    freeSlot(attempt);
  }

  private Instant unknownSince(Attempt attempt) {
    Object since = attempt.message().headers().custom().get(UNKNOWN_SINCE);
    try {
      return since == null ? attempt.started() : Instant.parse(since.toString());
    } catch (DateTimeParseException e) {
      return attempt.started();
    }
  }

  /**
   * Sends a copy through the delay levels back into its queue, then acknowledges. The copy is of
   * the next round: it may be back before its confirm is, and must not join this one.
   */
  private void sendRound(Attempt attempt, Duration delay, Map<String, Object> added) {
    AMQP.BasicProperties properties = attempt.delivery().message().properties();
    Map<String, Object> headers =
        new HashMap<>(Optional.ofNullable(properties.getHeaders()).orElse(Map.of()));
    headers.keySet().removeIf(TaskHeaders::isBrokersOwn);
    headers.putAll(added);
    headers.put(Attempt.ROUND, attempt.round() + 1);
    AmqpMessage copy =
        new AmqpMessage(
            properties
                .builder()
                .headers(headers)
                .deliveryMode(2)
                .expiration(null)
                .messageId(
                    Optional.ofNullable(properties.getMessageId())
                        .orElseGet(() -> UUID.randomUUID().toString()))
                .build(),
            attempt.delivery().message().body());
    sendLater(attempt, Delay.delayed(delay, attempt.queue(), copy), () -> acknowledge(attempt));
    freeSlot(attempt);
  }

  /**
   * Sends what follows an attempt. A full queue refuses what comes without a delay; by way of the
   * delay it takes what was accepted before.
   */
  private void sendLater(Attempt attempt, Publication later, Runnable sent) {
    publisher
        .publishUntil(later, SETTLE_WITHIN)
        .onFailure(
            failure ->
                failure instanceof PublishException.Rejected
                    || failure instanceof PublishException.OutcomeUnknown)
        .recoverWithUni(
            () ->
                publisher.publishUntil(
                    Delay.delayed(WHEN_FULL, attempt.queue(), later.message()), SETTLE_WITHIN))
        .subscribe()
        .with(
            done -> sent.run(),
            failure -> {
              LOG.warnf(
                  "task %s could not be sent round and is given back: %s",
                  attempt.id(), failure.getMessage());
              attempt.settle().forEach(Delivery::requeue);
              forget(attempt);
            });
  }

  private void bury(List<Delivery> deliveries, String reason, String detail) {
    metrics.buried(deliveries.getFirst().queue(), reason);
    Delivery last = deliveries.getLast();
    deliveries.stream().filter(delivery -> delivery != last).forEach(Delivery::ack);
    burials.incrementAndGet();
    deadLetters
        .bury(last, reason, detail, SETTLE_WITHIN)
        .onTermination()
        .invoke(burials::decrementAndGet)
        .subscribe()
        .with(
            buried -> {},
            failure ->
                LOG.warnf(
                    "a message on queue '%s' could not be buried and is given back: %s",
                    last.queue(), failure.getMessage()));
  }

  // --- now ---------------------------------------------------------------------------------

  private void execute(ExecutableTask task, Attempt attempt, LongConsumer permitEnded) {
    metrics.started(
        attempt.name(),
        attempt.queue(),
        attempt
            .message()
            .headers()
            .availableSince()
            .map(since -> Duration.between(since, attempt.started())),
        Duration.between(attempt.delivery().received(), attempt.started()));
    CompletableFuture<Conclusion> conclusion = new CompletableFuture<>();
    long begin = System.nanoTime();
    conclusion.whenComplete(
        (concluded, fault) -> {
          permitEnded.accept(System.nanoTime() - begin);
          if (fault != null) {
            giveUp(attempt, fault);
            return;
          }
          try {
            conclude(attempt, concluded);
          } catch (RuntimeException | Error e) {
            giveUp(attempt, e);
          }
        });
    try {
      execution.run(
          task, attempt.run(), () -> events.started(attempt.id(), attempt.started()), conclusion);
    } catch (RuntimeException | Error e) {
      conclusion.completeExceptionally(e);
    }
  }

  private void conclude(Attempt attempt, Conclusion concluded) {
    switch (concluded) {
      case Ended ended -> {
        finish(attempt, ended);
        tell(attempt, ended.outcome().result());
      }
      case Conclusion.Again again -> {
        tryAgain(attempt, again);
        TaskResult result = again.outcome().result();
        events.retried(attempt.id(), result.exception().orElseThrow(), result.traceback());
      }
      case Conclusion.GivenBack() -> {
        attempt.endProgress();
        attempt.settle().forEach(Delivery::requeue);
        forget(attempt);
        freeSlot(attempt);
      }
    }
  }

  /** The next attempt first, then the outcome, then the acknowledgement: none can be missing. */
  private void tryAgain(Attempt attempt, Conclusion.Again again) {
    attempt.endProgress();
    TaskMessage next =
        attempt.message().toBuilder()
            .retries(attempt.retries() + 1)
            .eta(again.at().atOffset(ZoneOffset.UTC))
            .withoutHeader(UNKNOWN_SINCE)
            .withoutHeader(Attempt.ROUND)
            .build();
    AmqpMessage message = TaskCodec.encode(next);
    sendLater(
        attempt,
        Delay.publication(
            Optional.of(attempt.queue()),
            attempt.name(),
            Optional.of(again.at()),
            clock.instant(),
            message),
        () -> outcomes.add(again.encoded(), () -> acknowledge(attempt)));
    metrics.delayed(attempt.queue(), "retry");
    measure(attempt, again.outcome().result());
    freeSlot(attempt);
  }

  /** Forgotten last: until then, a worker that ends waits before it gives deliveries back. */
  private void acknowledge(Attempt attempt) {
    attempt.ack();
    forget(attempt);
  }

  private void tell(Attempt attempt, TaskResult result) {
    if (result.state() == State.REVOKED) {
      boolean terminated = result.exception().filter(Failures.TERMINATED::equals).isPresent();
      events.revoked(attempt.id(), terminated, false);
      return;
    }
    result
        .exception()
        .ifPresentOrElse(
            exception -> events.failed(attempt.id(), exception, result.traceback()),
            () ->
                events.succeeded(
                    attempt.id(),
                    result.result(),
                    Duration.between(attempt.started(), done(result))));
  }

  // --- what became of it -------------------------------------------------------------------

  private void finish(Attempt attempt, Ended ended) {
    attempt.endProgress();
    publish(attempt, ended, () -> acknowledge(attempt));
    processed.increment();
    measure(attempt, ended.outcome().result());
    freeSlot(attempt);
  }

  private void measure(Attempt attempt, TaskResult result) {
    metrics.ended(
        execution.knows(attempt.name()) ? attempt.name() : "unknown",
        attempt.queue(),
        result.state(),
        Duration.between(attempt.started(), done(result)));
  }

  private static Instant done(TaskResult result) {
    return result.dateDone().map(OffsetDateTime::toInstant).orElseThrow();
  }

  /** To the history, and to the client's own queue if it waits at one. */
  private void publish(Attempt attempt, Ended ended, Runnable confirmed) {
    Optional<String> replyTo = attempt.message().replyTo();
    boolean elsewhere =
        replyTo.isPresent()
            && !replyTo.get().equals(Topology.RESULTS)
            && !attempt.message().headers().ignoreResult();
    if (!elsewhere) {
      outcomes.add(ended.encoded(), confirmed);
      return;
    }
    AtomicInteger awaited = new AtomicInteger(2);
    Runnable one =
        () -> {
          if (awaited.decrementAndGet() == 0) {
            confirmed.run();
          }
        };
    replies.send(replyTo.get(), ended.outcome().result(), one);
    outcomes.add(ended.encoded(), one);
  }

  private void freeSlot(Attempt attempt) {
    if (attempt.leaveSlot()) {
      slotFree.run();
    }
  }

  private void forget(Attempt attempt) {
    underWay.remove(attempt.key(), attempt);
  }

  /** A fault of the worker itself: the message goes to the dead letters, where it can be seen. */
  private void giveUp(Attempt attempt, Throwable fault) {
    LOG.errorf(fault, "task %s (%s) could not be worked on", attempt.name(), attempt.id());
    attempt.endProgress();
    forget(attempt);
    bury(attempt.settle(), "worker-fault", fault.toString());
    freeSlot(attempt);
  }
}
