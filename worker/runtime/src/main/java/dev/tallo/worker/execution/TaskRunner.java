package dev.tallo.worker.execution;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.rabbitmq.client.AMQP;
import dev.tallo.messaging.broker.DeadLetters;
import dev.tallo.messaging.broker.Delay;
import dev.tallo.messaging.broker.Delivery;
import dev.tallo.messaging.broker.Publisher;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.ResultCodec;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskException;
import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.TaskResult;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import dev.tallo.worker.InvalidArguments;
import dev.tallo.worker.ResultTooLarge;
import dev.tallo.worker.UnsupportedCanvas;
import dev.tallo.worker.event.WorkerEvents;
import dev.tallo.worker.outcome.OutcomeBatcher;
import dev.tallo.worker.outcome.Replies;
import io.quarkus.arc.Arc;
import io.quarkus.arc.InjectableContext.ContextState;
import io.quarkus.arc.ManagedContext;
import io.smallrye.mutiny.Uni;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;
import org.jspecify.annotations.Nullable;

/**
 * Works on one delivery: reads it, runs its task, publishes what became of it, and acknowledges the
 * delivery once the broker has that outcome. Whatever happens, the delivery is settled or still
 * belongs to an attempt whose outcome is on its way, and its slot is freed exactly once.
 *
 * <p>Threads: {@link #run} is called on a virtual thread of its own; what a task returns as a
 * {@code Uni} or {@code CompletionStage} is finished on the thread that completes it.
 */
final class TaskRunner {
  /** Header of ours: since when a message of an unknown task goes round; ISO 8601. */
  static final String UNKNOWN_SINCE = "x-tallo-unknown-since";

  /** The MDC's key under which the log has the task's id. */
  static final String LOG_TASK_ID = "taskId";

  private static final Logger LOG = Logger.getLogger("dev.tallo.worker");
  private static final Duration SETTLE_WITHIN = Duration.ofSeconds(30);
  private static final Duration HELD_AT_MOST = Duration.ofSeconds(1);
  private static final Duration ANNOUNCED_AFTER = Duration.ofMillis(50);
  private static final int UNKNOWN_NAMES_TOLD = 1_000;
  private static final String TALLO_PRODUCER = "tallo-producer@";

  /**
   * The limits of a worker.
   *
   * @param maxResult most bytes of a result as JSON
   * @param parkAfter how long an unknown task goes round
   * @param unknownInterval the pause between two rounds
   */
  record Limits(long maxResult, Duration parkAfter, Duration unknownInterval) {}

  private final String worker;
  private final Map<String, ExecutableTask> tasks;
  private final Limits limits;
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
      Map<String, ExecutableTask> tasks,
      Limits limits,
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
    this.tasks = Map.copyOf(tasks);
    this.limits = limits;
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
      if (tasks.containsKey(headers.task()) && headers.eta().isEmpty()) {
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
      if (other == null || other.attempt() != attempt.attempt()) {
        return false;
      }
      if (other.adopt(attempt.delivery())) {
        return true;
      }
      underWay.remove(attempt.id(), other);
    }
  }

  private void begin(Attempt attempt, Intake.Entry entry) {
    TaskHeaders headers = attempt.message().headers();
    Instant now = attempt.started();
    if (headers.expires().isPresent() && !now.isBefore(headers.expires().get().toInstant())) {
      events.expired(attempt.id());
      end(attempt, State.REVOKED, Failures.EXPIRED.toJson(), Optional.empty(), Optional.empty());
      return;
    }
    if (headers.eta().isPresent() && now.isBefore(headers.eta().get().toInstant())) {
      notBefore(attempt, Duration.between(now, headers.eta().get().toInstant()));
      return;
    }
    ExecutableTask task = tasks.get(headers.task());
    if (task == null) {
      unknown(attempt);
      return;
    }
    if (entry.announce()) {
      events.received(headers, attempt.delivery().received());
    }
    execute(task, attempt);
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
    if (Duration.between(since, attempt.started()).compareTo(limits.parkAfter) < 0) {
      if (unknownTold.size() < UNKNOWN_NAMES_TOLD && unknownTold.add(attempt.name())) {
        LOG.warnf(
            "task '%s' from queue '%s' is not known here; it comes round every %s and becomes a dead"
                + " letter after %s",
            attempt.name(), attempt.queue(), limits.unknownInterval, limits.parkAfter);
      }
      metrics.delayed(attempt.queue(), "unknown");
      sendRound(attempt, limits.unknownInterval, Map.of(UNKNOWN_SINCE, since.toString()));
      return;
    }
    TaskException exception = Failures.notRegistered(attempt.name());
    events.failed(attempt.id(), exception, Optional.empty());
    String detail =
        "no task '%s' in worker %s, which has: %s"
            .formatted(attempt.name(), worker, String.join(", ", tasks.keySet()));
    publish(
        attempt,
        outcome(attempt, State.FAILURE, exception.toJson(), Optional.empty(), Optional.empty()),
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
    headers.keySet().removeIf(DeadLetters::isBrokersOwn);
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
    if (!attempt.message().body().embed().isEmpty()) {
      failed(
          attempt,
          new UnsupportedCanvas(
              ("task '%s' was not run: its message asks for callbacks, a chain or a chord, which"
                      + " this worker does not carry out")
                  .formatted(attempt.name())),
          Optional.empty());
      return;
    }
    @Nullable Object[] arguments;
    try {
      arguments = task.arguments().bind(attempt.message().body(), attempt);
    } catch (InvalidArguments e) {
      failed(attempt, e, Optional.empty());
      return;
    }
    events.started(attempt.id(), attempt.started());
    Called called = call(task, arguments, attempt);
    switch (called) {
      case Called.Threw(Throwable thrown) -> failed(attempt, thrown);
      case Called.Returned(Object value) -> succeeded(task, attempt, value);
      case Called.Promised(CompletionStage<?> promise, Runnable finished) ->
          promise.whenComplete(
              (value, thrown) -> {
                try {
                  finished.run();
                  if (thrown == null) {
                    succeeded(task, attempt, value);
                  } else {
                    failed(attempt, thrown);
                  }
                } catch (RuntimeException | Error e) {
                  giveUp(attempt, e);
                }
              });
    }
  }

  /** What came of calling a task's method. */
  private sealed interface Called {
    record Returned(@Nullable Object value) implements Called {}

    record Threw(Throwable thrown) implements Called {}

    /** The result comes later; {@code finished} is to be called first then. */
    record Promised(CompletionStage<?> promise, Runnable finished) implements Called {}
  }

  /** Calls the method with the task's id in the log and a request context of its own. */
  private static Called call(ExecutableTask task, @Nullable Object[] arguments, Attempt attempt) {
    MDC.put(LOG_TASK_ID, attempt.id());
    ManagedContext requests = Arc.container().requestContext();
    ContextState request = requests.activate();
    boolean promised = false;
    try {
      @Nullable Object returned = task.invoker().invoke(null, arguments);
      Called called =
          switch (task.definition().returning()) {
            case VALUE -> new Called.Returned(returned);
            case UNI ->
                new Called.Promised(
                    ((Uni<?>) Objects.requireNonNull(returned, "the task returned no Uni"))
                        .subscribeAsCompletionStage(),
                    () -> requests.destroy(request));
            case COMPLETION_STAGE ->
                new Called.Promised(
                    (CompletionStage<?>)
                        Objects.requireNonNull(returned, "the task returned no CompletionStage"),
                    () -> requests.destroy(request));
          };
      promised = called instanceof Called.Promised;
      return called;
    } catch (Throwable thrown) {
      return new Called.Threw(thrown);
    } finally {
      if (promised) {
        requests.deactivate();
      } else {
        requests.terminate();
      }
      MDC.remove(LOG_TASK_ID);
    }
  }

  private void succeeded(ExecutableTask task, Attempt attempt, @Nullable Object value) {
    boolean ignored = attempt.message().headers().ignoreResult();
    JsonNode result;
    Outcome outcome;
    byte[] encoded;
    try {
      result = ignored ? NullNode.instance : task.results().write(value);
      outcome =
          outcome(attempt, State.SUCCESS, result, Optional.empty(), Optional.of(attempt.started()));
      encoded = ResultCodec.encodeOutcome(outcome);
      if (encoded.length > limits.maxResult) {
        requireSmall(result, attempt);
      }
    } catch (RuntimeException e) {
      failed(attempt, e);
      return;
    }
    finish(attempt, outcome, encoded);
    events.succeeded(
        attempt.id(),
        result,
        Duration.between(attempt.started(), outcome.result().dateDone().get()));
  }

  private void requireSmall(JsonNode result, Attempt attempt) {
    int size;
    try {
      size = CeleryJson.MAPPER.writeValueAsBytes(result).length;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of JSON could not be written", e);
    }
    if (size > limits.maxResult) {
      throw new ResultTooLarge(
          ("the result of task '%s' has %,d bytes, more than tallo.worker.max-result (%,d): keep"
                  + " it in a store and return its address")
              .formatted(attempt.name(), size, limits.maxResult));
    }
  }

  private void failed(Attempt attempt, Throwable thrown) {
    failed(attempt, thrown, Optional.of(attempt.started()));
  }

  private void failed(Attempt attempt, Throwable thrown, Optional<Instant> started) {
    Throwable cause = Failures.cause(thrown);
    TaskException exception = Failures.describe(cause);
    Optional<String> traceback = Failures.traceback(cause);
    LOG.debugf(cause, "task %s (%s) failed", attempt.name(), attempt.id());
    Outcome outcome = outcome(attempt, State.FAILURE, exception.toJson(), traceback, started);
    finish(attempt, outcome, ResultCodec.encodeOutcome(outcome));
    events.failed(attempt.id(), exception, traceback);
  }

  private void end(
      Attempt attempt,
      State state,
      JsonNode result,
      Optional<String> traceback,
      Optional<Instant> started) {
    Outcome outcome = outcome(attempt, state, result, traceback, started);
    finish(attempt, outcome, ResultCodec.encodeOutcome(outcome));
  }

  // --- what became of it -------------------------------------------------------------------

  private void finish(Attempt attempt, Outcome outcome, byte[] encoded) {
    attempt.endProgress();
    publish(
        attempt,
        outcome,
        encoded,
        () -> {
          forget(attempt);
          attempt.ack();
        });
    processed.increment();
    Instant done =
        outcome.result().dateDone().map(OffsetDateTime::toInstant).orElse(attempt.started());
    metrics.ended(
        tasks.containsKey(attempt.name()) ? attempt.name() : "unknown",
        attempt.queue(),
        outcome.result().state(),
        Duration.between(attempt.started(), done).toNanos(),
        Duration.between(attempt.delivery().received(), attempt.started()).toNanos());
    freeSlot(attempt);
  }

  private void publish(Attempt attempt, Outcome outcome, Runnable confirmed) {
    publish(attempt, outcome, ResultCodec.encodeOutcome(outcome), confirmed);
  }

  /** To the history, and to the client's own queue if it waits at one. */
  private void publish(Attempt attempt, Outcome outcome, byte[] encoded, Runnable confirmed) {
    Optional<String> replyTo = attempt.message().replyTo();
    boolean elsewhere =
        replyTo.isPresent()
            && !replyTo.get().equals(Topology.RESULTS)
            && !attempt.message().headers().ignoreResult();
    if (!elsewhere) {
      outcomes.add(encoded, confirmed);
      return;
    }
    AtomicInteger awaited = new AtomicInteger(2);
    Runnable one =
        () -> {
          if (awaited.decrementAndGet() == 0) {
            confirmed.run();
          }
        };
    replies.send(replyTo.get(), outcome.result(), one);
    outcomes.add(encoded, one);
  }

  private Outcome outcome(
      Attempt attempt,
      State state,
      JsonNode result,
      Optional<String> traceback,
      Optional<Instant> started) {
    TaskMessage message = attempt.message();
    TaskHeaders headers = message.headers();
    boolean told =
        headers.origin().isPresent() && headers.origin().get().startsWith(TALLO_PRODUCER);
    return new Outcome(
        new TaskResult(
            message.id(),
            state,
            result,
            traceback,
            List.of(),
            Optional.of(clock.instant().atOffset(ZoneOffset.UTC)),
            new TaskResult.Extended(
                Optional.of(headers.task()),
                Optional.of(worker),
                OptionalInt.of(headers.retries()),
                Optional.of(attempt.queue()),
                headers.group(),
                headers.parentId(),
                headers.rootId())),
        told ? Optional.empty() : Optional.of(message.body().args()),
        told ? Optional.empty() : Optional.of(message.body().kwargs()),
        Optional.of(attempt.delivery().received().atOffset(ZoneOffset.UTC)),
        started.map(at -> at.atOffset(ZoneOffset.UTC)),
        headers.ignoreResult());
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
