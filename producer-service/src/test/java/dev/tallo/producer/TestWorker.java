package dev.tallo.producer;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.messaging.broker.Consumer;
import dev.tallo.messaging.broker.ConsumerOptions;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.QueueSettings;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.Event;
import dev.tallo.messaging.protocol.EventCodec;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.ResultCodec;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.TaskResult;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * Takes the tasks of one queue, keeps them for the test to look at, and reports what it is told.
 */
final class TestWorker implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final String queue;
  private final String address;
  private final Broker broker;
  private final Queue<TaskMessage> received = new ConcurrentLinkedQueue<>();
  private final Consumer consumer;

  /** At the broker of the service under test. */
  TestWorker(String queue) {
    this(queue, address());
  }

  TestWorker(String queue, String address) {
    this(queue, address, QueueSettings.DEFAULT, Fate.DONE);
  }

  /** What becomes of the messages that come in. */
  enum Fate {
    DONE,
    GIVEN_BACK,
    REFUSED
  }

  /** At the broker of the service under test, with a queue of its own making. */
  static TestWorker with(String queue, QueueSettings settings, Fate fate) {
    return new TestWorker(queue, address(), settings, fate);
  }

  private static String address() {
    return ConfigProvider.getConfig().getValue("tallo.broker.addresses", String.class);
  }

  private TestWorker(String queue, String address, QueueSettings settings, Fate fate) {
    this.queue = queue;
    this.address = address;
    broker =
        new Broker(
            BrokerOptions.builder("test-worker").addresses(address).build(),
            new SimpleMeterRegistry());
    broker.require(Topology.base()).require(Topology.workQueue(queue, settings)).start();
    if (!broker.awaitReady(PATIENCE)) {
      throw new IllegalStateException("the test worker cannot reach the broker");
    }
    consumer = broker.consume(ConsumerOptions.of(queue).prefetch(500));
    consumer
        .deliveries()
        .subscribe()
        .with(
            delivery -> {
              try {
                received.add(TaskCodec.decode(delivery.message()));
                switch (fate) {
                  case DONE -> delivery.ack();
                  case GIVEN_BACK -> delivery.requeue();
                  case REFUSED -> delivery.reject();
                }
              } catch (UndecodableMessageException e) {
                delivery.reject();
              }
            });
  }

  /** The tasks that came in, in about their order in the queue. */
  Queue<TaskMessage> received() {
    return received;
  }

  /** The task of this id, when it has come in. */
  TaskMessage received(String id) {
    return await()
        .atMost(PATIENCE)
        .until(
            () -> received.stream().filter(task -> task.id().equals(id)).findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  /** Takes no more, so that what comes in stays in the queue. */
  void rest() {
    consumer.close();
  }

  /**
   * All tasks in the queue in their order, when there are so many at least, of a worker that rests.
   * A consumer would not do: a quorum queue hands it many messages at once in any order, if it
   * subscribes while they come in (RabbitMQ's pull request 16008).
   */
  List<TaskMessage> queued(int atLeast) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(address);
    List<TaskMessage> tasks = new ArrayList<>();
    try (Connection connection = factory.newConnection();
        Channel channel = connection.createChannel()) {
      await().atMost(PATIENCE).until(() -> channel.messageCount(queue) >= atLeast);
      GetResponse message;
      while ((message = channel.basicGet(queue, true)) != null) {
        tasks.add(TaskCodec.decode(new AmqpMessage(message.getProps(), message.getBody())));
      }
    }
    return tasks;
  }

  /** The broker, as the worker is connected to it. */
  Broker broker() {
    return broker;
  }

  /** An attempt's failure, as a worker of ours reports it. */
  static Outcome failure(
      State state, String id, int retries, Optional<OffsetDateTime> nextAttempt) {
    OffsetDateTime now = OffsetDateTime.now(ZoneOffset.UTC);
    return new Outcome(
        new TaskResult(
            id,
            state,
            JsonNodeFactory.instance
                .objectNode()
                .put("exc_type", "Busy")
                .put("exc_module", "shop")
                .set("exc_message", JsonNodeFactory.instance.arrayNode().add("no " + retries)),
            Optional.empty(),
            List.of(),
            Optional.of(now),
            new TaskResult.Extended(
                Optional.of("demo.add"),
                Optional.of("w1@host"),
                OptionalInt.of(retries),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(id))),
        Optional.empty(),
        Optional.empty(),
        Optional.of(now.minusSeconds(2)),
        Optional.of(now.minusSeconds(1)),
        false,
        nextAttempt,
        Optional.empty());
  }

  /** A task's success, as a worker of ours reports it. */
  static Outcome success(String queue, String id, int result) {
    OffsetDateTime now = OffsetDateTime.now(ZoneOffset.UTC);
    return new Outcome(
        new TaskResult(
            id,
            State.SUCCESS,
            IntNode.valueOf(result),
            Optional.empty(),
            List.of(),
            Optional.of(now),
            new TaskResult.Extended(
                Optional.of("demo.add"),
                Optional.of("w1@host"),
                OptionalInt.of(1),
                Optional.of(queue),
                Optional.empty(),
                Optional.empty(),
                Optional.of(id))),
        Optional.empty(),
        Optional.empty(),
        Optional.of(now.minusSeconds(2)),
        Optional.of(now.minusSeconds(1)),
        false);
  }

  /** Binds the queue to tasks of this name, as the routing would. */
  void learn(String task, String queue) {
    broker.bindTask(task, queue).await().atMost(PATIENCE);
  }

  /** Reports outcomes as Tallo's workers do. */
  void report(Outcome... outcomes) {
    send(
        "",
        Topology.RESULTS,
        ResultCodec.encodeBatch(
            List.of(outcomes).stream().map(ResultCodec::encodeOutcome).toList()));
  }

  /** Sends a body as Celery's rpc backend does. */
  void replyAsCelery(String id, String json) {
    sendJson("", Topology.RESULTS, id, json);
  }

  /** Sends events as a worker does. */
  void tell(Event... events) {
    sendJson(
        Topology.CELERY_EVENTS,
        events.length == 1 ? EventCodec.routingKey(events[0]) : EventCodec.BATCH_ROUTING_KEY,
        UUID.randomUUID().toString(),
        new String(
            events.length == 1
                ? EventCodec.encode(events[0])
                : EventCodec.encodeBatch(List.of(events)),
            StandardCharsets.UTF_8));
  }

  private void sendJson(String exchange, String key, String correlation, String json) {
    send(
        exchange,
        key,
        new AmqpMessage(
            new AMQP.BasicProperties.Builder()
                .contentType("application/json")
                .contentEncoding("utf-8")
                .correlationId(correlation)
                .build(),
            json.getBytes(StandardCharsets.UTF_8)));
  }

  /** Publishes a message. */
  void send(String exchange, String key, AmqpMessage message) {
    AMQP.BasicProperties properties =
        message.properties().getMessageId() == null
            ? message.properties().builder().messageId(UUID.randomUUID().toString()).build()
            : message.properties();
    broker
        .publisher()
        .publishUntil(
            new Publication(exchange, key, new AmqpMessage(properties, message.body())), PATIENCE)
        .await()
        .atMost(PATIENCE);
  }

  @Override
  public void close() {
    consumer.close();
    broker.close();
  }
}
