package dev.tallo.messaging.broker;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ShutdownSignalException;
import dev.tallo.messaging.protocol.AmqpMessage;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The broker as a service uses it: a connection to publish and one to consume, both reconnecting
 * for as long as this lives, so that a blocked publisher never keeps acknowledgements back.
 *
 * <p>{@link #start} returns at once; until the broker can be reached, publications fail with {@link
 * PublishException.BrokerUnavailable} and consumers wait.
 */
public final class Broker implements AutoCloseable {
  private static final Duration LAST_CONFIRMS = Duration.ofSeconds(5);

  private final BrokerOptions options;
  private final BrokerMetrics metrics;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicReference<Declaration> required = new AtomicReference<>(Declaration.NOTHING);
  private final Link publishing;
  private final Link consuming;
  private final Publisher publisher;

  public Broker(BrokerOptions options, MeterRegistry registry) {
    this.options = options;
    metrics = new BrokerMetrics(registry);
    publishing = new Link(options, "publish", threads);
    consuming = new Link(options, "consume", threads);
    publisher = new Publisher(publishing, options, metrics, required::get);
    metrics.watch(this);
  }

  /**
   * Has this declared on every connection before anything is published on it. To be called before
   * {@link #start}, or followed by {@link #declare} for the connection that is open.
   */
  public Broker require(Declaration declaration) {
    required.updateAndGet(before -> before.and(declaration));
    return this;
  }

  /** Begins to connect. */
  public void start() {
    publishing.start();
    consuming.start();
    publisher.start();
  }

  /** What publishes. */
  public Publisher publisher() {
    return publisher;
  }

  /** A new consumer on the shared connection; it subscribes when its deliveries are asked for. */
  public Consumer consume(ConsumerOptions consumer) {
    return new Consumer(consuming, false, consumer, metrics);
  }

  /**
   * A new consumer with a connection of its own: for queues that others write to, whose messages
   * may end the connection, and for long tasks.
   */
  public Consumer consumeApart(ConsumerOptions consumer) {
    Link apart = new Link(options, "consume " + consumer.queue(), threads);
    apart.start();
    return new Consumer(apart, true, consumer, metrics);
  }

  /**
   * A new reader of a stream, on the shared connection; it begins when it is started.
   *
   * @param declaration declared before each subscription
   * @param each takes the records, one after the other; must not block
   */
  public StreamReader readStream(
      String stream, Declaration declaration, java.util.function.Consumer<AmqpMessage> each) {
    return new StreamReader(consuming, stream, declaration, each);
  }

  /** A right that one process at a time has at this broker; with a connection of its own. */
  public Exclusive exclusive(String name) {
    Link own = new Link(options, "alone", threads);
    own.start();
    return new Exclusive(own, name, threads);
  }

  /** Declares now; fails when the broker is away. */
  public Uni<Void> declare(Declaration declaration) {
    return onChannel(
            channel -> {
              declaration.declareOn(channel.getConnection());
              return Optional.empty();
            })
        .replaceWithVoid();
  }

  /** Binds a work queue to the tasks of exactly this name. */
  public Uni<Void> bindTask(String task, String queue) {
    return onChannel(channel -> channel.queueBind(queue, Topology.TASKS, task)).replaceWithVoid();
  }

  /** What waits in a queue; empty when there is no such queue. */
  public Uni<Optional<QueueDepth>> depth(String queue) {
    return onChannel(
        channel -> {
          try {
            AMQP.Queue.DeclareOk found = channel.queueDeclarePassive(queue);
            return Optional.of(new QueueDepth(found.getMessageCount(), found.getConsumerCount()));
          } catch (IOException e) {
            if (e.getCause() instanceof ShutdownSignalException signal
                && signal.getReason() instanceof AMQP.Channel.Close close
                && close.getReplyCode() == AMQP.NOT_FOUND) {
              return Optional.<QueueDepth>empty();
            }
            throw e;
          }
        });
  }

  /**
   * Completes if there is such a queue, and fails with {@link PublishException.Unroutable} if there
   * is not, or with {@link PublishException.BrokerUnavailable} when the broker cannot be asked. For
   * what is to be delayed, which the broker never returns.
   */
  public Uni<Void> requireQueue(String queue) {
    return depth(queue)
        .onFailure(failure -> !(failure instanceof PublishException))
        .transform(
            failure -> new PublishException.BrokerUnavailable(String.valueOf(failure.getMessage())))
        .invoke(
            depth -> {
              if (depth.isEmpty()) {
                throw new PublishException.Unroutable(queue);
              }
            })
        .replaceWithVoid();
  }

  /** What is known now; asks nobody. */
  public BrokerStatus status() {
    return new BrokerStatus(
        publisher.ready() && consuming.connected(),
        publishing.blockedReason(),
        publishing.lastError().or(consuming::lastError));
  }

  /** Waits until the broker can be used; false when it could not within this time. */
  public boolean awaitReady(Duration atMost) {
    long deadline = System.nanoTime() + atMost.toNanos();
    try {
      while (!status().usable()) {
        Duration left = Duration.ofNanos(deadline - System.nanoTime());
        if (!left.isPositive()) {
          return false;
        }
        Thread.sleep(Duration.ofMillis(20));
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Lets what is being published be confirmed (5 s at most), then closes the connections. */
  @Override
  public void close() {
    publisher.close(LAST_CONFIRMS);
    publishing.close();
    consuming.close();
    threads.shutdown();
  }

  private interface ChannelWork<T> {
    T on(Channel channel) throws IOException, TimeoutException;
  }

  /** Runs requests on a channel of their own, away from the caller's thread. */
  private <T> Uni<T> onChannel(ChannelWork<T> work) {
    return Uni.createFrom()
        .completionStage(
            () -> {
              CompletableFuture<T> done = new CompletableFuture<>();
              threads.execute(
                  () -> {
                    try {
                      done.complete(request(work));
                    } catch (Exception e) {
                      done.completeExceptionally(e);
                    }
                  });
              return done;
            });
  }

  private <T> T request(ChannelWork<T> work)
      throws IOException, TimeoutException, InterruptedException {
    Link.Live open =
        publishing
            .await(options.connectTimeout())
            .orElseThrow(
                () ->
                    new PublishException.BrokerUnavailable(
                        publishing.lastError().orElse("not connected")));
    Channel channel = Channels.open(open.connection());
    try {
      return work.on(channel);
    } finally {
      if (channel.isOpen()) {
        channel.close();
      }
    }
  }
}
