package dev.tallo.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.messaging.broker.Consumer;
import dev.tallo.messaging.broker.ConsumerOptions;
import dev.tallo.messaging.broker.Delivery;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.ResultCodec;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskException;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.TaskResult;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/** Runs tasks of a queue on the broker layer alone, and answers where they say. */
final class TestWorker implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Broker broker;
  private final Consumer consumer;
  private final Queue<TaskMessage> received = new ConcurrentLinkedQueue<>();
  private final Function<TaskMessage, JsonNode> work;

  /**
   * @param work what the tasks return; an ArithmeticException fails its task, a missing node leaves
   *     it unanswered
   */
  TestWorker(URI address, String queue, Function<TaskMessage, JsonNode> work) {
    this.work = work;
    broker =
        new Broker(
            BrokerOptions.builder("test-worker").addresses(address.toString()).build(),
            new SimpleMeterRegistry());
    broker.require(Topology.base()).require(Topology.workQueue(queue)).start();
    if (!broker.awaitReady(PATIENCE)) {
      throw new IllegalStateException("the test worker cannot reach the broker");
    }
    consumer = broker.consume(ConsumerOptions.of(queue).prefetch(1_000));
    consumer.deliveries().subscribe().with(this::run);
  }

  Queue<TaskMessage> received() {
    return received;
  }

  void learn(String task, String queue) {
    broker.bindTask(task, queue).await().atMost(PATIENCE);
  }

  /** Answers a task now. */
  void answer(TaskMessage task, State state, JsonNode result) {
    AmqpMessage message =
        ResultCodec.encodeResult(
            new TaskResult(
                task.id(),
                state,
                result,
                Optional.empty(),
                List.of(),
                Optional.empty(),
                new TaskResult.Extended(
                    Optional.empty(),
                    Optional.of("w@test"),
                    OptionalInt.of(0),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty())));
    broker
        .publisher()
        .publishUntil(new Publication("", task.replyTo().orElseThrow(), message), PATIENCE)
        .await()
        .atMost(PATIENCE);
  }

  private void run(Delivery delivery) {
    Thread.startVirtualThread(
        () -> {
          try {
            run(TaskCodec.decode(delivery.message()));
            delivery.ack();
          } catch (UndecodableMessageException e) {
            delivery.reject();
          }
        });
  }

  private void run(TaskMessage task) {
    received.add(task);
    try {
      JsonNode result = work.apply(task);
      if (!result.isMissingNode()) {
        answer(task, State.SUCCESS, result);
      }
    } catch (ArithmeticException e) {
      answer(
          task,
          State.FAILURE,
          TaskException.of("ArithmeticException", String.valueOf(e.getMessage()), "java.lang")
              .toJson());
    }
  }

  static JsonNode nothing() {
    return NullNode.instance;
  }

  @Override
  public void close() {
    consumer.close();
    broker.close();
  }
}
