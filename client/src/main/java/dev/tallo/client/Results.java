package dev.tallo.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.Consumer;
import dev.tallo.messaging.broker.ConsumerOptions;
import dev.tallo.messaging.broker.Delivery;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.ResultCodec;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskException;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * The results that a client waits for, by the ids of their tasks. They come to a queue of its own,
 * as to Celery's {@code rpc://} backend. Bounded in number and, each, in time.
 */
final class Results {
  private static final Logger LOG = Logger.getLogger(Results.class);
  private static final int PREFETCH = 500;

  /** A result that is waited for. */
  private record Awaited<T>(TaskType<T> type, CompletableFuture<TaskResult<T>> arrival) {}

  private final String queue = "tallo.reply." + UUID.randomUUID();
  private final ObjectMapper mapper;
  private final Duration keepWaiting;
  private final int most;
  private final Semaphore room;
  private final ConcurrentMap<String, Awaited<?>> byId = new ConcurrentHashMap<>();
  private Optional<Consumer> consumer = Optional.empty();
  private volatile boolean closed;

  Results(ObjectMapper mapper, Duration keepWaiting, int most) {
    this.mapper = mapper;
    this.keepWaiting = keepWaiting;
    this.most = most;
    room = new Semaphore(most);
  }

  /** Where workers send results to. */
  String queue() {
    return queue;
  }

  void consume(Broker broker) {
    Consumer opened =
        broker.consume(
            ConsumerOptions.of(queue).declaring(Topology.replyQueue(queue)).prefetch(PREFETCH));
    consumer = Optional.of(opened);
    opened
        .deliveries()
        .subscribe()
        .with(this::take, failure -> LOG.error("no results come in any more", failure));
  }

  /**
   * Begins to wait.
   *
   * @return gives this wait up, because the task was not sent
   * @throws IllegalStateException if too many results are waited for, or this one is already, or
   *     the client was closed
   */
  <T> Runnable expect(String id, TaskType<T> type, CompletableFuture<TaskResult<T>> result) {
    require(!closed, "the client is closed");
    require(room.tryAcquire(), most + " results are waited for already (maxAwaited)");
    Awaited<T> awaited = new Awaited<>(type, new CompletableFuture<>());
    if (byId.putIfAbsent(id, awaited) != null) {
      room.release();
      throw new IllegalStateException("the result of task " + id + " is waited for already");
    }
    awaited
        .arrival
        .orTimeout(keepWaiting.toNanos(), TimeUnit.NANOSECONDS)
        .whenComplete(
            (arrived, failure) -> {
              byId.remove(id, awaited);
              room.release();
              switch (failure) {
                case null -> result.complete(arrived);
                case TimeoutException late ->
                    result.completeExceptionally(
                        new ResultUnknownException(id, "it has not ended within " + keepWaiting));
                default -> result.completeExceptionally(failure);
              }
            });
    if (closed) {
      giveUp(id, awaited, "the client is closed");
    }
    return () -> giveUp(id, awaited, "it was not sent");
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException(otherwise);
    }
  }

  void close() {
    closed = true;
    consumer.ifPresent(Consumer::close);
    for (String id : List.copyOf(byId.keySet())) {
      Awaited<?> awaited = byId.get(id);
      if (awaited != null) {
        giveUp(id, awaited, "the client is closed");
      }
    }
  }

  private static void giveUp(String id, Awaited<?> awaited, String why) {
    awaited.arrival.completeExceptionally(new ResultUnknownException(id, why));
  }

  private void take(Delivery delivery) {
    try {
      for (Outcome outcome : ResultCodec.decode(delivery.message()).outcomes()) {
        dev.tallo.messaging.protocol.TaskResult result = outcome.result();
        if (ended(result.state())) {
          Awaited<?> awaited = byId.get(result.taskId());
          if (awaited != null) {
            complete(awaited, result);
          }
        }
      }
    } catch (UndecodableMessageException e) {
      LOG.warnf("a result cannot be read and is ignored: %s", e.getMessage());
    }
    delivery.ack();
  }

  private static boolean ended(State state) {
    return state.isReady() || state == State.REJECTED || state == State.IGNORED;
  }

  private <T> void complete(Awaited<T> awaited, dev.tallo.messaging.protocol.TaskResult result) {
    try {
      awaited.arrival.complete(typed(awaited.type, result));
    } catch (JsonProcessingException
        | UndecodableMessageException
        | RuntimeException
        | LinkageError
        | StackOverflowError e) {
      // Whatever the caller's mapper throws must not end the waits of others.
      awaited.arrival.completeExceptionally(
          new ResultUnknownException(
              result.taskId(),
              "it succeeded, but what it returned cannot be read as %s: %s"
                  .formatted(awaited.type.result().getTypeName(), e.getMessage())));
    }
  }

  private <T> TaskResult<T> typed(TaskType<T> type, dev.tallo.messaging.protocol.TaskResult result)
      throws JsonProcessingException, UndecodableMessageException {
    Optional<TaskException> exception =
        result.state() == State.REJECTED ? TaskException.from(result.result()) : result.exception();
    Optional<TaskResult.Failure> failure = exception.map(why -> failure(why, result.traceback()));
    JsonNode value =
        result.state() == State.SUCCESS ? CeleryJson.plain(result.result()) : mapper.nullNode();
    return new TaskResult<>(
        result.taskId(),
        result.state(),
        value.isNull() || type.result() == Void.class
            ? null
            : mapper.<T>treeToValue(value, mapper.constructType(type.result())),
        failure,
        result.extended().worker(),
        result.extended().retries());
  }

  private static TaskResult.Failure failure(TaskException exception, Optional<String> traceback) {
    return new TaskResult.Failure(exception.type(), exception.text(), traceback);
  }
}
