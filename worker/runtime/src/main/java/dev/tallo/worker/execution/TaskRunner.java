package dev.tallo.worker.execution;

import com.rabbitmq.client.AMQP;
import dev.tallo.messaging.broker.DeadLetters;
import dev.tallo.messaging.broker.Delay;
import dev.tallo.messaging.broker.Delivery;
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
import dev.tallo.worker.execution.TaskExecution.Decision;
import dev.tallo.worker.execution.TaskExecution.Ended;
import dev.tallo.worker.outcome.OutcomeBatcher;
import dev.tallo.worker.outcome.Replies;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
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
  private static final Duration HELD_AT_MOST = Duration.ofSeconds(1);
  private static final Duration ANNOUNCED_AFTER = Duration.ofMillis(50);
  private static final int UNKNOWN_NAMES_TOLD = 1_000;

  private final String worker;
  private final List<String> tasks;
  private final WorkerConfig.UnknownTask unknownTasks;
  private final TaskExecution execution;
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
  private final ConcurrentMap<String, Attempt> underWay = new ConcurrentHashMap<>();
  private final Set<String> unknownTold = ConcurrentHashMap.newKeySet();
  private final LongAdder processed = new LongAdder();

  TaskRunner(
      String worker,
      List<String> tasks,
      WorkerConfig.UnknownTask unknownTasks,
      TaskExecution execution,
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
      Attempt other = underWay.putIfAbsent(attempt.id(), attempt);
      if (other == null || other.retries() != attempt.retries()) {
        return false;
      }
      if (other.adopt(attempt.delivery())) {
        return true;
      }
      underWay.remove(attempt.id(), other);
    }
  }

  private void begin(Attempt attempt, Intake.Entry entry) {
    switch (execution.decide(attempt.run())) {
      case Decision.Expired(Ended ended) -> {
        events.expired(attempt.id());
        finish(attempt, ended);
      }
      case Decision.NotBefore(Duration delay) -> notBefore(attempt, delay);
      case Decision.Unknown() -> unknown(attempt);
      case Decision.Now(ExecutableTask task) -> {
        if (entry.announce()) {
          events.received(attempt.message().headers(), attempt.delivery().received());
        }
        execute(task, attempt);
      }
    }
  }

  // --- not now -----------------------------------------------------------------------------

  private void notBefore(Attempt attempt, Duration wait) {
    if (wait.compareTo(HELD_AT_MOST) < 0) {
      forget(attempt);
      List<Delivery> deliveries = attempt.settle();
      CompletableFuture.delayedExecutor(wait.toNanos(), TimeUnit.NANOSECONDS, executor)
          .execute(() -> deliveries.forEach(offerAgain));
      freeSlot(attempt);
    } else {
      metrics.delayed(attempt.queue(), "eta");
      sendRound(attempt, wait.compareTo(Delay.MAX) > 0 ? Delay.MAX : wait, Map.of());
    }
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

  /** Sends a copy through the delay levels back into its queue, then acknowledges. */
  private void sendRound(Attempt attempt, Duration delay, Map<String, Object> added) {
    AMQP.BasicProperties properties = attempt.delivery().message().properties();
    Map<String, Object> headers =
        new HashMap<>(Optional.ofNullable(properties.getHeaders()).orElse(Map.of()));
    headers.keySet().removeIf(TaskHeaders::isBrokersOwn);
    headers.putAll(added);
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
    publisher
        .publishUntil(Delay.delayed(delay, attempt.queue(), copy), SETTLE_WITHIN)
        .subscribe()
        .with(
            sent -> {
              forget(attempt);
              attempt.ack();
            },
            failure -> {
              LOG.warnf(
                  "task %s could not be sent round and is given back: %s",
                  attempt.id(), failure.getMessage());
              forget(attempt);
              attempt.settle().forEach(Delivery::requeue);
            });
    freeSlot(attempt);
  }

  private void bury(List<Delivery> deliveries, String reason, String detail) {
    metrics.buried(deliveries.getFirst().queue(), reason);
    Delivery last = deliveries.getLast();
    deliveries.stream().filter(delivery -> delivery != last).forEach(Delivery::ack);
    deadLetters
        .bury(last, reason, detail, SETTLE_WITHIN)
        .subscribe()
        .with(
            buried -> {},
            failure ->
                LOG.warnf(
                    "a message on queue '%s' could not be buried and is given back: %s",
                    last.queue(), failure.getMessage()));
  }

  // --- now ---------------------------------------------------------------------------------

  private void execute(ExecutableTask task, Attempt attempt) {
    execution
        .run(task, attempt.run(), () -> events.started(attempt.id(), attempt.started()))
        .whenComplete(
            (ended, fault) -> {
              if (fault != null) {
                giveUp(attempt, fault);
                return;
              }
              try {
                finish(attempt, ended);
                tell(attempt, ended.outcome().result());
              } catch (RuntimeException | Error e) {
                giveUp(attempt, e);
              }
            });
  }

  private void tell(Attempt attempt, TaskResult result) {
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
    publish(
        attempt,
        ended,
        () -> {
          forget(attempt);
          attempt.ack();
        });
    processed.increment();
    TaskResult result = ended.outcome().result();
    metrics.ended(
        execution.knows(attempt.name()) ? attempt.name() : "unknown",
        attempt.queue(),
        result.state(),
        Duration.between(attempt.started(), done(result)).toNanos(),
        Duration.between(attempt.delivery().received(), attempt.started()).toNanos());
    freeSlot(attempt);
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
    underWay.remove(attempt.id(), attempt);
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
