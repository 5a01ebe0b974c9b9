package dev.tallo.test;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.messaging.broker.Consumer;
import dev.tallo.messaging.broker.ConsumerOptions;
import dev.tallo.messaging.broker.Declaration;
import dev.tallo.messaging.broker.Delivery;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.ResultCodec;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import dev.tallo.worker.BrokerConfig;
import dev.tallo.worker.WorkerConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * Sends tasks by way of the broker and waits for the answers at a queue of its own, as Celery's rpc
 * backend does. Connects when it is first used; the queue expires a minute after the last use.
 */
@Singleton
class BrokerRuns {
  private static final Logger LOG = Logger.getLogger(BrokerRuns.class);
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(30);
  private static final int REPLIES_EXPIRE_MILLIS = 60_000;

  private final BrokerConfig brokerConfig;
  private final WorkerConfig worker;
  private final ObjectMapper mapper;
  private final String replies = "tallo-test." + UUID.randomUUID();
  private final Declaration repliesQueue =
      new Declaration(
          List.of(new Declaration.Queue(replies, Map.of("x-expires", REPLIES_EXPIRE_MILLIS))));
  private final Map<String, CompletableFuture<Outcome>> awaited = new ConcurrentHashMap<>();
  private Optional<Broker> connected = Optional.empty(); // guarded by this

  BrokerRuns(BrokerConfig brokerConfig, WorkerConfig worker, ObjectMapper mapper) {
    this.brokerConfig = brokerConfig;
    this.worker = worker;
    this.mapper = mapper;
  }

  TaskRun run(TaskCall call) {
    requireWorker(call);
    Broker broker = broker();
    TaskMessage message = call.message().toBuilder().replyTo(replies).build();
    CompletableFuture<Outcome> ended = new CompletableFuture<>();
    awaited.put(message.id(), ended);
    try {
      AmqpMessage encoded = TaskCodec.encode(message);
      broker
          .declare(Topology.workQueue(call.queue()).and(repliesQueue))
          .await()
          .atMost(call.patience());
      long begin = System.nanoTime();
      broker
          .publisher()
          .publishUntil(
              new Publication(
                  "",
                  call.queue(),
                  new AmqpMessage(
                      encoded.properties().builder().messageId(message.id()).build(),
                      encoded.body())),
              call.patience())
          .await()
          .atMost(call.patience());
      Outcome outcome = ended.get(call.patience().toNanos(), TimeUnit.NANOSECONDS);
      return new TaskRun(outcome, List.of(), Duration.ofNanos(System.nanoTime() - begin), mapper);
    } catch (TimeoutException | io.smallrye.mutiny.TimeoutException e) {
      throw new AssertionError(
          "task '%s' had no outcome within %s".formatted(call.name(), call.patience()), e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for '" + call.name() + "'", e);
    } finally {
      awaited.remove(message.id());
    }
  }

  private void requireWorker(TaskCall call) {
    if (!worker.enabled()) {
      throw new IllegalStateException(
          "the worker is off (tallo.worker.enabled=false): give the test"
              + " @WithTestResource(PrivateBroker.class), or run the task in this process by run()");
    }
    if (!worker.queues().contains(call.queue())) {
      throw new IllegalStateException(
          "the worker takes from %s (tallo.worker.queues), not from '%s'"
              .formatted(worker.queues(), call.queue()));
    }
  }

  private synchronized Broker broker() {
    if (connected.isEmpty()) {
      Broker broker =
          new Broker(
              BrokerOptions.builder("test").addresses(brokerConfig.addresses()).build(),
              new SimpleMeterRegistry());
      broker.start();
      if (!broker.awaitReady(CONNECT_WITHIN)) {
        String why = broker.status().lastError().orElse("no answer");
        broker.close();
        throw new IllegalStateException(
            "the broker (tallo.broker.addresses) cannot be reached: " + why);
      }
      Consumer answers = broker.consume(ConsumerOptions.of(replies).declaring(repliesQueue));
      answers
          .deliveries()
          .subscribe()
          .with(this::take, failure -> LOG.error("no more answers are taken", failure));
      connected = Optional.of(broker);
    }
    return connected.get();
  }

  private void take(Delivery delivery) {
    try {
      for (Outcome outcome : ResultCodec.decode(delivery.message()).outcomes()) {
        CompletableFuture<Outcome> ended = awaited.get(outcome.result().taskId());
        if (ended != null) {
          ended.complete(outcome);
        }
      }
    } catch (UndecodableMessageException e) {
      LOG.warnf("an answer cannot be read: %s", e.getMessage());
    }
    delivery.ack();
  }

  @PreDestroy
  synchronized void close() {
    connected.ifPresent(Broker::close);
  }
}
