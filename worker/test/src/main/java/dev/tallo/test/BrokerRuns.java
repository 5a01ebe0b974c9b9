package dev.tallo.test;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.messaging.broker.Consumer;
import dev.tallo.messaging.broker.ConsumerOptions;
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
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * Sends tasks by way of the broker and gathers their outcomes from {@code tallo.results}. Connects
 * when it is first used.
 */
@Singleton
class BrokerRuns {
  private static final Logger LOG = Logger.getLogger(BrokerRuns.class);

  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(30);

  private final BrokerConfig brokerConfig;
  private final WorkerConfig worker;
  private final ObjectMapper mapper;
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
    TaskMessage message = call.message();
    CompletableFuture<Outcome> ended = new CompletableFuture<>();
    awaited.put(message.id(), ended);
    try {
      AmqpMessage encoded = TaskCodec.encode(message);
      broker.declare(Topology.workQueue(call.queue())).await().atMost(call.patience());
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
      return new TaskRun(outcome, List.of(), duration(outcome), mapper);
    } catch (TimeoutException e) {
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

  private static Duration duration(Outcome outcome) {
    Optional<OffsetDateTime> done = outcome.result().dateDone();
    return outcome.started().isPresent() && done.isPresent()
        ? Duration.between(outcome.started().get(), done.get())
        : Duration.ZERO;
  }

  private synchronized Broker broker() {
    if (connected.isEmpty()) {
      Broker broker =
          new Broker(
              BrokerOptions.builder("test").addresses(brokerConfig.addresses()).build(),
              new SimpleMeterRegistry());
      connected = Optional.of(broker);
      broker.start();
      if (!broker.awaitReady(CONNECT_WITHIN)) {
        throw new IllegalStateException(
            "%s cannot be reached: %s"
                .formatted(
                    brokerConfig.addresses(), broker.status().lastError().orElse("no answer")));
      }
      Consumer results =
          broker.consume(ConsumerOptions.of(Topology.RESULTS).declaring(Topology.base()));
      results
          .deliveries()
          .subscribe()
          .with(this::take, failure -> LOG.error("no more outcomes are taken", failure));
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
      LOG.warnf("a message among the outcomes cannot be read: %s", e.getMessage());
    }
    delivery.ack();
  }

  @PreDestroy
  synchronized void close() {
    connected.ifPresent(Broker::close);
  }
}
