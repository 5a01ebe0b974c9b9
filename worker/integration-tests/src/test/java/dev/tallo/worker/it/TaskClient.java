package dev.tallo.worker.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.GetResponse;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.control.ControlCodec;
import dev.tallo.messaging.control.ControlCommand;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.ResultCodec;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;

/** Sends tasks as a client would, on a plain connection, and gathers what becomes of them. */
final class TaskClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Connection connection;
  private final Channel channel;
  private final Map<String, List<Outcome>> outcomes = new ConcurrentHashMap<>();

  private TaskClient(Connection connection) throws IOException {
    this.connection = connection;
    channel = connection.createChannel();
  }

  /**
   * Connects as soon as the worker has declared what it needs. A quorum queue is known a moment
   * before it can be used; the broker then closes the connection (541), and another try is due.
   */
  static TaskClient of(String address) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> Optional.of(open(address)), Optional::isPresent)
        .orElseThrow();
  }

  /** Connects where no worker has been yet, and declares what it would. */
  static TaskClient declaring(String address, String queue) throws Exception {
    try (Broker broker =
        new Broker(
            BrokerOptions.builder("test").addresses(address).build(), new SimpleMeterRegistry())) {
      broker.start();
      if (!broker.awaitReady(PATIENCE)) {
        throw new IllegalStateException("the broker cannot be reached");
      }
      broker.declare(Topology.base().and(Topology.workQueue(queue))).await().atMost(PATIENCE);
    }
    return new TaskClient(connect(address));
  }

  private static Connection connect(String address) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(URI.create(address));
    factory.setAutomaticRecoveryEnabled(false);
    return factory.newConnection("test");
  }

  private static TaskClient open(String address) throws Exception {
    Connection connection = connect(address);
    try {
      TaskClient client = new TaskClient(connection);
      client.channel.queueDeclarePassive("default");
      client.gatherOutcomes();
      return client;
    } catch (IOException e) {
      connection.abort();
      throw e;
    }
  }

  private void gatherOutcomes() throws IOException {
    Channel own = connection.createChannel();
    own.basicConsume(
        Topology.RESULTS,
        true,
        new DefaultConsumer(own) {
          @Override
          public void handleDelivery(
              String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
              throws IOException {
            try {
              for (Outcome outcome :
                  ResultCodec.decode(new AmqpMessage(properties, body)).outcomes()) {
                outcomes
                    .computeIfAbsent(outcome.result().taskId(), id -> new CopyOnWriteArrayList<>())
                    .add(outcome);
              }
            } catch (UndecodableMessageException e) {
              throw new IOException(e);
            }
          }
        });
  }

  static TaskMessage.Builder task(String name, String args, String kwargs) {
    try {
      return TaskMessage.builder(UUID.randomUUID().toString(), name)
          .args((ArrayNode) CeleryJson.MAPPER.readTree(args))
          .kwargs((ObjectNode) CeleryJson.MAPPER.readTree(kwargs))
          .replyTo(Topology.RESULTS);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static TaskMessage.Builder task(String name, String args) {
    return task(name, args, "{}");
  }

  /** Publishes to the queue that the tests' worker takes from; returns the task's id. */
  String send(TaskMessage message) throws IOException {
    publish(TaskCodec.encode(message));
    return message.id();
  }

  void publish(AmqpMessage message) throws IOException {
    publishTo("default", message);
  }

  void publishTo(String queue, AmqpMessage message) throws IOException {
    channel.basicPublish("", queue, true, message.properties(), message.body());
  }

  /** Writes a command to the control stream. */
  void command(ControlCommand command) throws IOException {
    publishTo(Topology.CONTROL, ControlCodec.encode(command));
  }

  Outcome run(TaskMessage.Builder task) throws IOException {
    return outcome(send(task.build()));
  }

  Outcome outcome(String id) {
    return Awaitility.await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .atMost(PATIENCE)
        .until(() -> outcomes(id).stream().findFirst(), Optional::isPresent)
        .orElseThrow();
  }

  List<Outcome> outcomes(String id) {
    return outcomes.getOrDefault(id, List.of());
  }

  /** A task's outcomes in the order of its attempts: after a short back-off one can overtake. */
  List<Outcome> outcomesByAttempt(String id) {
    return outcomes(id).stream()
        .sorted(
            Comparator.comparingInt(outcome -> outcome.result().extended().retries().orElseThrow()))
        .toList();
  }

  /** A queue of the client's own, as Celery's rpc backend has one. */
  String replyQueue() throws IOException {
    return channel.queueDeclare("", false, true, true, Map.of()).getQueue();
  }

  /** The next message of a queue, taken. */
  AmqpMessage take(String queue) {
    GetResponse response =
        Awaitility.await()
            .pollDelay(Duration.ZERO)
            .pollInterval(Duration.ofMillis(5))
            .atMost(PATIENCE)
            .until(() -> Optional.ofNullable(channel.basicGet(queue, true)), Optional::isPresent)
            .orElseThrow();
    return new AmqpMessage(response.getProps(), response.getBody());
  }

  /** Takes from the worker's queue with precedence over the worker. */
  List<AmqpMessage> takeBeforeTheWorker() throws IOException {
    return takeAtPriority(100);
  }

  /** Takes from the worker's queue as a consumer of this priority. */
  List<AmqpMessage> takeAtPriority(int priority) throws IOException {
    List<AmqpMessage> taken = new CopyOnWriteArrayList<>();
    Channel own = connection.createChannel();
    own.basicConsume(
        "default",
        true,
        Map.of("x-priority", priority),
        new DefaultConsumer(own) {
          @Override
          public void handleDelivery(
              String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
            taken.add(new AmqpMessage(properties, body));
          }
        });
    return taken;
  }

  /** Bodies published on celeryev from now on, by their routing keys. */
  List<Map.Entry<String, byte[]>> listen() throws IOException {
    List<Map.Entry<String, byte[]>> heard = new CopyOnWriteArrayList<>();
    Channel own = connection.createChannel();
    String queue = own.queueDeclare("", false, true, true, Map.of()).getQueue();
    own.queueBind(queue, Topology.CELERY_EVENTS, "#");
    own.basicConsume(
        queue,
        true,
        new DefaultConsumer(own) {
          @Override
          public void handleDelivery(
              String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
            heard.add(Map.entry(envelope.getRoutingKey(), body));
          }
        });
    return heard;
  }

  /** Messages that wait in the worker's queue, those at the worker not counted. */
  long waiting() throws IOException {
    return waitingIn("default");
  }

  /** Messages that wait in a queue. */
  long waitingIn(String queue) throws IOException {
    return channel.messageCount(queue);
  }

  @Override
  public void close() throws IOException {
    connection.abort();
  }
}
