package dev.tallo.messaging.broker;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import dev.tallo.messaging.protocol.AmqpMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Reads a stream from its first record and follows it. After a lost connection it goes on behind
 * the last record that it handed out; when the broker cancels it (the stream was deleted, say) it
 * begins anew with the first record.
 *
 * <p>Threads: one virtual thread runs {@link #run} and does all requests; records are handed out by
 * the client's dispatch, one after the other.
 */
public final class StreamReader implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(StreamReader.class);
  private static final int PREFETCH = 500;
  private static final String OFFSET = "x-stream-offset";
  private static final long FROM_FIRST = -1;

  private enum Signal {
    LOST,
    CANCELLED
  }

  private final Link link;
  private final String stream;
  private final Declaration declaration;
  private final Consumer<AmqpMessage> each;
  private final Thread thread;
  private volatile long lastOffset = FROM_FIRST;
  private volatile boolean stopping;
  private volatile boolean live;

  StreamReader(Link link, String stream, Declaration declaration, Consumer<AmqpMessage> each) {
    this.link = link;
    this.stream = stream;
    this.declaration = declaration;
    this.each = each;
    thread = Thread.ofVirtual().name("read " + stream).unstarted(this::run);
  }

  /** Begins to read; to be called once. */
  public void start() {
    thread.start();
  }

  /** Whether a new record would be seen now. */
  public boolean live() {
    return live;
  }

  @Override
  public void close() {
    stopping = true;
    thread.interrupt();
  }

  private void run() {
    boolean told = false;
    while (!stopping && !link.isClosed()) {
      try {
        Link.Live open = link.await(Duration.ofSeconds(1)).orElse(null);
        if (open == null) {
          continue;
        }
        if (follow(open) == Signal.CANCELLED) {
          LOG.warnf("reading of the stream '%s' was cancelled; it is read anew", stream);
          lastOffset = FROM_FIRST;
        }
        told = false;
      } catch (IOException | TimeoutException | ShutdownSignalException e) {
        if (!told) {
          LOG.warnf("cannot read the stream '%s': %s; trying on", stream, reason(e));
          told = true;
        }
        pause();
      } catch (InterruptedException e) {
        stopping = true;
      } finally {
        live = false;
      }
    }
  }

  private static String reason(Exception e) {
    return e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
  }

  private void pause() {
    try {
      Thread.sleep(link.recoveryInterval());
    } catch (InterruptedException e) {
      stopping = true;
    }
  }

  /** One channel's life. */
  private Signal follow(Link.Live open) throws IOException, TimeoutException, InterruptedException {
    declaration.declareOn(open.connection());
    Channel channel = Channels.open(open.connection());
    BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    channel.addShutdownListener(cause -> signals.offer(Signal.LOST));
    try {
      channel.basicQos(PREFETCH);
      Object from = lastOffset == FROM_FIRST ? "first" : (Object) (lastOffset + 1);
      channel.basicConsume(stream, false, Map.of(OFFSET, from), new Receiver(channel, signals));
      live = true;
      return signals.take();
    } finally {
      live = false;
      channel.abort();
    }
  }

  private final class Receiver extends DefaultConsumer {
    private final BlockingQueue<Signal> signals;

    Receiver(Channel channel, BlockingQueue<Signal> signals) {
      super(channel);
      this.signals = signals;
    }

    @Override
    public void handleDelivery(
        String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
        throws IOException {
      try {
        each.accept(new AmqpMessage(properties, body));
      } catch (RuntimeException e) {
        LOG.errorf(e, "a record of the stream '%s' could not be dealt with", stream);
      }
      if (properties.getHeaders() != null
          && properties.getHeaders().get(OFFSET) instanceof Number offset) {
        lastOffset = offset.longValue();
      }
      getChannel().basicAck(envelope.getDeliveryTag(), false);
    }

    @Override
    public void handleCancel(String tag) {
      signals.offer(Signal.CANCELLED);
    }
  }
}
