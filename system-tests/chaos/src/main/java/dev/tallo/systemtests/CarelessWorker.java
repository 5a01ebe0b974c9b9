package dev.tallo.systemtests;

import com.fasterxml.jackson.databind.node.LongNode;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.ResultCodec;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.TaskResult;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A worker that does what none may do: its messages are acknowledged when they arrive, before the
 * tasks have run. What it holds when it is killed is lost, and the count has to see that. A program
 * of the tests alone; no worker can be configured to be like this.
 */
final class CarelessWorker {
  /** Of its consumer. */
  static final String TAG = "careless";

  private static final int AT_ONCE = 8;

  private final Channel channel;
  private final Path runs;
  private final ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);

  private CarelessWorker(Channel channel, Path runs) {
    this.channel = channel;
    this.runs = runs;
  }

  /** Takes the broker's address, a queue, and the file where runs are written down. */
  public static void main(String[] arguments) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(URI.create(arguments[0]));
    Connection connection = factory.newConnection("careless-worker");
    Channel channel = connection.createChannel();
    CarelessWorker worker = new CarelessWorker(channel, Path.of(arguments[2]));
    boolean acknowledgedOnArrival = true;
    channel.basicConsume(
        arguments[1],
        acknowledgedOnArrival,
        TAG,
        (tag, delivery) ->
            worker.take(new AmqpMessage(delivery.getProperties(), delivery.getBody())),
        tag -> {});
  }

  private void take(AmqpMessage message) {
    threads.execute(
        () -> {
          try {
            run(TaskCodec.decode(message));
          } catch (UndecodableMessageException | IOException e) {
            throw new IllegalStateException(e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private void run(TaskMessage task) throws IOException, InterruptedException {
    Files.writeString(runs, task.id() + "\n", StandardCharsets.US_ASCII, StandardOpenOption.APPEND);
    Thread.sleep(task.body().args().get(2).asLong());
    long sum = task.body().args().get(0).asLong() + task.body().args().get(1).asLong();
    AmqpMessage outcome =
        ResultCodec.encodeBatch(List.of(ResultCodec.encodeOutcome(success(task.id(), sum))));
    synchronized (channel) {
      channel.basicPublish("", Topology.RESULTS, outcome.properties(), outcome.body());
    }
  }

  private static Outcome success(String id, long result) {
    return Outcome.of(
        new TaskResult(
            id,
            State.SUCCESS,
            LongNode.valueOf(result),
            Optional.empty(),
            List.of(),
            Optional.of(OffsetDateTime.now(ZoneOffset.UTC)),
            TaskResult.Extended.NONE));
  }
}
