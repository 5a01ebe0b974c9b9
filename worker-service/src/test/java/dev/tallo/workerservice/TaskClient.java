package dev.tallo.workerservice;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.ResultCodec;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.awaitility.Awaitility;

/** Sends one task after the other to the worker's queue and awaits its outcome. */
final class TaskClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Connection connection;
  private final Channel channel;

  private TaskClient(Connection connection) throws IOException {
    this.connection = connection;
    channel = connection.createChannel();
  }

  /** Connects as soon as the worker has declared its queue and it can be used. */
  static TaskClient of(String address) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> Optional.of(open(address)), Optional::isPresent)
        .orElseThrow();
  }

  private static TaskClient open(String address) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(URI.create(address));
    Connection connection = factory.newConnection("test");
    try {
      TaskClient client = new TaskClient(connection);
      client.channel.queueDeclarePassive("default");
      client.channel.queueDeclarePassive(Topology.RESULTS);
      return client;
    } catch (IOException e) {
      connection.abort();
      throw e;
    }
  }

  /** Has the worker run a task. */
  Outcome run(String name, ArrayNode args, ObjectNode kwargs) throws Exception {
    AmqpMessage message =
        TaskCodec.encode(
            TaskMessage.builder(UUID.randomUUID().toString(), name)
                .args(args)
                .kwargs(kwargs)
                .replyTo(Topology.RESULTS)
                .build());
    channel.basicPublish("", "default", true, message.properties(), message.body());
    GetResponse response =
        Awaitility.await()
            .pollInterval(Duration.ofMillis(10))
            .atMost(PATIENCE)
            .until(
                () -> Optional.ofNullable(channel.basicGet(Topology.RESULTS, true)),
                Optional::isPresent)
            .orElseThrow();
    return decode(new AmqpMessage(response.getProps(), response.getBody()));
  }

  private static Outcome decode(AmqpMessage message) throws UndecodableMessageException {
    return ResultCodec.decode(message).outcomes().getFirst();
  }

  @Override
  public void close() {
    connection.abort();
  }
}
