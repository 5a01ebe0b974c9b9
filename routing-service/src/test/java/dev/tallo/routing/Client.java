package dev.tallo.routing;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.GetResponse;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;

/** A client of the broker that shares nothing with the code under test. Not for several threads. */
final class Client implements AutoCloseable {
  private final Connection connection;
  private final Channel publishing;
  private final Channel reading;

  Client(URI broker) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(broker);
    connection = factory.newConnection("test");
    publishing = connection.createChannel();
    publishing.confirmSelect();
    reading = connection.createChannel();
  }

  static AmqpMessage task(String name) {
    return TaskCodec.encode(TaskMessage.builder(UUID.randomUUID().toString(), name).build());
  }

  /** Publishes a task by its name and waits for the confirm; returns its id. */
  String send(String task) throws Exception {
    AmqpMessage message = task(task);
    publish(Topology.TASKS, task, message.properties(), message.body());
    confirm();
    return message.properties().getMessageId();
  }

  void publish(String exchange, String key, AMQP.BasicProperties properties, byte[] body)
      throws IOException {
    publishing.basicPublish(exchange, key, true, properties, body);
  }

  void confirm() throws Exception {
    publishing.waitForConfirmsOrDie(30_000);
  }

  /** Takes the next message of a queue, waiting for it, and for the queue if it is not there. */
  GetResponse take(String queue) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(
            () -> {
              // A queue that is missing ends the channel.
              try (Channel own = connection.createChannel()) {
                return own.basicGet(queue, true);
              } catch (AlreadyClosedException e) {
                return null;
              }
            },
            got -> got != null);
  }

  /** Takes all that is in a queue now. */
  List<GetResponse> drain(String queue) throws IOException {
    int there = depth(queue);
    Queue<GetResponse> taken = new ConcurrentLinkedQueue<>();
    CountDownLatch cancelled = new CountDownLatch(1);
    String tag =
        reading.basicConsume(
            queue,
            true,
            new DefaultConsumer(reading) {
              @Override
              public void handleDelivery(
                  String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
                taken.add(new GetResponse(envelope, properties, body, 0));
              }

              @Override
              public void handleCancelOk(String tag) {
                cancelled.countDown();
              }
            });
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> taken.size() >= there);
    reading.basicCancel(tag);
    // What was delivered before is handed over before.
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> cancelled.getCount() == 0);
    return List.copyOf(taken);
  }

  int depth(String queue) throws IOException {
    return reading.queueDeclarePassive(queue).getMessageCount();
  }

  Channel channel() {
    return reading;
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
