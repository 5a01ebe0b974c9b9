package dev.tallo.messaging.broker;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import dev.tallo.messaging.protocol.AmqpMessage;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import io.smallrye.mutiny.subscription.MultiEmitter;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Takes deliveries from one queue and stays subscribed: after a lost connection, a closed channel
 * (an acknowledgement time-out, say) or a cancelled subscription (the queue was deleted) it
 * declares and subscribes again.
 *
 * <p>Slow start: the first subscription on a connection, and after trouble, begins with a prefetch
 * of 1 and widens eightfold when as many deliveries were acknowledged, or when it has held its
 * deliveries for a second without harm (a long task must not keep others away). A message that ends
 * the connection as it is read thus counts against no other message's delivery limit.
 *
 * <p>After {@link ConsumerOptions#renewAfter}, as soon as nothing is unsettled on it, a channel
 * makes room for a new one. When a queue is deleted and made again at once, RabbitMQ (3.10 at
 * least) may keep a subscription, hand it the new queue's messages, and drop them on the way as
 * long as they are numbered as those of the old one were. They are unacknowledged then, and come
 * back when their channel is closed.
 *
 * <p>Threads: one virtual thread per consumer runs {@link #run} and does all requests; callbacks of
 * the client only emit deliveries and pass on signals.
 */
public final class Consumer implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Consumer.class);
  private static final int WIDENING = 8;
  private static final Duration WIDEN_AFTER = Duration.ofSeconds(1);
  private static final Duration LOOK_NARROW = Duration.ofMillis(20);
  private static final Duration LOOK_IDLE = Duration.ofMillis(500);
  private static final Duration CANCELLATION = Duration.ofSeconds(10);

  /** Longer than acknowledgements are collected, and too short to be missed. */
  private static final Duration DRAINED = Duration.ofMillis(100);

  private static final Duration LAST_SETTLEMENTS = Duration.ofSeconds(2);

  private enum Signal {
    LOST,
    CANCELLED,
    PROGRESS,
    IDLE,
    STOP
  }

  /** How a channel's life ended. */
  private enum End {
    LOST,
    IDLE,
    STOPPED
  }

  private final Link link;
  private final boolean ownsLink;
  private final ConsumerOptions options;
  private final BrokerMetrics metrics;
  private final AtomicBoolean subscribed = new AtomicBoolean();
  private volatile BlockingQueue<Signal> signals = new LinkedBlockingQueue<>(); // one per session
  private volatile boolean stopping;
  private volatile boolean told;
  private volatile boolean live;
  private volatile int width;
  private volatile Optional<Settlement> settlement = Optional.empty();
  private volatile Optional<Channel> channel = Optional.empty();
  private volatile Optional<Thread> runner = Optional.empty();

  Consumer(Link link, boolean ownsLink, ConsumerOptions options, BrokerMetrics metrics) {
    this.link = link;
    this.ownsLink = ownsLink;
    this.options = options;
    this.metrics = metrics;
    metrics.watch(this);
  }

  /**
   * The deliveries, from the moment of the one subscription it can have. Ends only by {@link #stop}
   * or {@link #close}; cancelling it closes the consumer. What it emits is bounded by the prefetch.
   * The subscriber must not block.
   */
  public Multi<Delivery> deliveries() {
    return Multi.createFrom()
        .emitter(
            emitter -> {
              if (!subscribed.compareAndSet(false, true)) {
                emitter.fail(new IllegalStateException("a consumer has one subscriber"));
                return;
              }
              emitter.onTermination(
                  () -> {
                    if (!stopping) {
                      close();
                    }
                  });
              runner =
                  Optional.of(
                      Thread.ofVirtual()
                          .name("consume " + options.queue())
                          .start(() -> run(emitter)));
            },
            BackPressureStrategy.BUFFER);
  }

  /** The queue it takes from. */
  public String queue() {
    return options.queue();
  }

  /** Whether the broker would hand a message to it now. */
  public boolean live() {
    return live;
  }

  /** The prefetch in force, 0 while not subscribed. */
  public int width() {
    return live ? width : 0;
  }

  /** Deliveries handed out and not settled. */
  public int unsettled() {
    return settlement.map(Settlement::unfinished).orElse(0);
  }

  /**
   * Takes no more. The deliveries complete; those handed out can still be settled until {@link
   * #close}.
   */
  public void stop() {
    stopping = true;
    signals.offer(Signal.STOP);
  }

  /**
   * Takes no more, and closes when everything that was handed out is settled, a day at most. Does
   * not wait.
   *
   * @param cancelled called once nothing more will be handed out
   */
  public void retire(Runnable cancelled) {
    stop();
    Thread.ofVirtual()
        .name("retire " + options.queue())
        .start(
            () -> {
              try {
                if (runner.isPresent()) {
                  runner.get().join();
                }
                cancelled.run();
                if (settlement.isPresent()) {
                  settlement.get().awaitDrained(Duration.ofDays(1));
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } finally {
                close();
              }
            });
  }

  /**
   * Stops, gives back what is not settled, and waits (some seconds at most) until the broker was
   * told of everything that is.
   */
  @Override
  public void close() {
    stop();
    try {
      if (runner.isPresent()) {
        runner.get().join(LAST_SETTLEMENTS);
      }
      Optional<Settlement> last = settlement;
      if (last.isPresent()) {
        last.get().requeueUnfinished();
        last.get().awaitDrained(LAST_SETTLEMENTS);
        last.get().abandon();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    channel.ifPresent(Channels::abort);
    if (ownsLink) {
      link.close();
    }
    metrics.forget(this);
  }

  private void run(MultiEmitter<? super Delivery> emitter) {
    boolean renewing = false;
    while (!stopping && !link.isClosed()) {
      try {
        Optional<Link.Live> open = link.await(Duration.ofSeconds(1));
        if (open.isEmpty()) {
          renewing = false;
          continue;
        }
        renewing = session(open.get(), renewing, emitter) == End.IDLE;
      } catch (IOException | TimeoutException | RuntimeException e) {
        renewing = false;
        if (!told) {
          LOG.warnf("cannot take from queue '%s': %s; trying on", options.queue(), reason(e));
          told = true;
        }
        pause();
      } catch (InterruptedException e) {
        stopping = true;
      } finally {
        live &= renewing;
      }
    }
    live = false;
    emitter.complete();
  }

  private static String reason(Exception e) {
    return e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
  }

  private void pause() {
    try {
      Signal signal = signals.poll(link.recoveryInterval().toMillis(), TimeUnit.MILLISECONDS);
      stopping |= signal == Signal.STOP;
    } catch (InterruptedException e) {
      stopping = true;
    }
  }

  /**
   * One channel's life; returns when it ended, or when the consumer was stopped.
   *
   * @param renewing whether it takes the place of another one of the same connection
   */
  private End session(Link.Live open, boolean renewing, MultiEmitter<? super Delivery> emitter)
      throws IOException, TimeoutException, InterruptedException {
    if (!renewing) {
      options.declaration().declareOn(open.connection());
    }
    Channel own = Channels.open(open.connection());
    Settlement tickets = new Settlement(own, "queue " + options.queue());
    BlockingQueue<Signal> ownSignals = new LinkedBlockingQueue<>();
    signals = ownSignals;
    if (stopping) {
      ownSignals.offer(Signal.STOP);
    }
    own.addShutdownListener(
        cause -> {
          tickets.abandon();
          ownSignals.offer(Signal.LOST);
        });
    channel = Optional.of(own);
    settlement = Optional.of(tickets);
    End end = End.LOST;
    try {
      end = subscribeAndWiden(own, open.frames(), renewing ? width : 1, tickets, emitter);
      return end;
    } finally {
      live &= end == End.IDLE;
      if (end != End.STOPPED) {
        tickets.abandon();
        Channels.abort(own);
      }
    }
  }

  private End subscribeAndWiden(
      Channel own,
      Frames frames,
      int first,
      Settlement tickets,
      MultiEmitter<? super Delivery> emitter)
      throws IOException, InterruptedException {
    long renewAt = System.nanoTime() + options.renewAfter().toNanos();
    int next = first;
    while (true) {
      width = Math.min(next, options.prefetch());
      tickets.collectAtLeast(width / 8);
      own.basicQos(width);
      Receiver receiver = new Receiver(own, frames, tickets, emitter);
      String tag =
          own.basicConsume(
              options.queue(), false, Map.of("x-priority", options.priority()), receiver);
      live = true;
      told = false;
      Signal signal = awaitSignal(tickets, renewAt);
      switch (signal) {
        case LOST -> {
          return End.LOST;
        }
        case CANCELLED -> {
          LOG.warnf("the broker cancelled the subscription to '%s'", options.queue());
          throw new IOException("the subscription was cancelled, the queue may have been deleted");
        }
        case STOP -> {
          own.basicCancel(tag);
          return End.STOPPED;
        }
        case PROGRESS -> {
          own.basicCancel(tag);
          next = width * WIDENING;
        }
        case IDLE -> {
          own.basicCancel(tag);
          // What came meanwhile would be handed out twice if its channel were closed.
          if (receiver.awaitCancelled() && tickets.awaitDrained(DRAINED)) {
            return End.IDLE;
          }
          next = width;
        }
      }
    }
  }

  /**
   * Waits for the end of this subscription, until its prefetch may grow, or until the channel has
   * nothing to do at a time when it may be changed for another.
   */
  private Signal awaitSignal(Settlement tickets, long renewAt) throws InterruptedException {
    long acksBefore = tickets.acksSent();
    long heldSince = 0;
    long renewAfter = options.renewAfter().toNanos();
    while (true) {
      boolean narrow = width < options.prefetch();
      long look = Math.min((narrow ? LOOK_NARROW : LOOK_IDLE).toNanos(), renewAfter);
      Signal signal = signals.poll(look, TimeUnit.NANOSECONDS);
      if (signal != null) {
        return signal;
      }
      long now = System.nanoTime();
      if (now - renewAt >= 0 && tickets.unfinished() == 0) {
        return Signal.IDLE;
      }
      if (!narrow) {
        continue;
      }
      if (tickets.acksSent() - acksBefore >= width) {
        return Signal.PROGRESS;
      }
      boolean full = tickets.unfinished() >= width;
      if (!full) {
        heldSince = 0;
      } else if (heldSince == 0) {
        heldSince = now;
      } else if (now - heldSince >= WIDEN_AFTER.toNanos()) {
        return Signal.PROGRESS;
      }
    }
  }

  /** Passes what the client calls back with on. */
  private final class Receiver extends DefaultConsumer {
    private final Frames frames;
    private final Settlement tickets;
    private final MultiEmitter<? super Delivery> emitter;
    private final CountDownLatch cancelled = new CountDownLatch(1);

    Receiver(
        Channel own, Frames frames, Settlement tickets, MultiEmitter<? super Delivery> emitter) {
      super(own);
      this.frames = frames;
      this.tickets = tickets;
      this.emitter = emitter;
    }

    @Override
    public void handleDelivery(
        String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
      Settlement.Ticket ticket = tickets.add(envelope.getDeliveryTag());
      metrics.delivered();
      OptionalLong wholeSize =
          frames.wholeSize(getChannel().getChannelNumber(), envelope.getDeliveryTag());
      if (wholeSize.isPresent() && !options.heads()) {
        tooLarge(ticket, envelope, wholeSize.getAsLong());
        return;
      }
      emitter.emit(
          new Received(
              new AmqpMessage(properties, body),
              options.standsFor(),
              envelope,
              ticket,
              wholeSize,
              Instant.now()));
    }

    /** Refused where that keeps it; otherwise it stays in its queue, unsettled. */
    private void tooLarge(Settlement.Ticket ticket, Envelope envelope, long size) {
      boolean refused = options.hasDeadLetters();
      LOG.errorf(
          "a message on queue '%s' (routing key '%s') has %d bytes, more than are read, and %s",
          options.queue(),
          envelope.getRoutingKey(),
          size,
          refused ? "goes to the dead letters" : "is left there");
      if (refused) {
        ticket.reject();
      }
    }

    /** Waits until everything that was delivered before the cancellation was handed out. */
    boolean awaitCancelled() throws InterruptedException {
      return cancelled.await(CANCELLATION.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void handleCancelOk(String tag) {
      cancelled.countDown();
    }

    @Override
    public void handleCancel(String tag) {
      live = false;
      signals.offer(Signal.CANCELLED);
    }
  }

  private record Received(
      AmqpMessage message,
      String queue,
      Envelope envelope,
      Settlement.Ticket ticket,
      OptionalLong wholeSize,
      Instant received)
      implements Delivery {
    @Override
    public String exchange() {
      return envelope.getExchange();
    }

    @Override
    public String routingKey() {
      return envelope.getRoutingKey();
    }

    @Override
    public boolean redelivered() {
      return envelope.isRedeliver();
    }

    @Override
    public long deliveryCount() {
      Map<String, Object> headers = message.properties().getHeaders();
      return headers != null && headers.get("x-delivery-count") instanceof Number count
          ? count.longValue()
          : 0;
    }

    @Override
    public void ack() {
      ticket.ack();
    }

    @Override
    public void requeue() {
      ticket.requeue();
    }

    @Override
    public void reject() {
      ticket.reject();
    }

    @Override
    public boolean open() {
      return ticket.open();
    }
  }
}
