package dev.tallo.routing.dispatch;

import dev.tallo.messaging.broker.Consumer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Dispatches what a consumer takes, many messages at a time, begun in the order of the queue. */
public final class Intake {
  private static final Logger LOG = Logger.getLogger(Intake.class);

  private final Consumer consumer;
  private final CountDownLatch ended = new CountDownLatch(1);

  private Intake(Consumer consumer) {
    this.consumer = consumer;
  }

  /**
   * Begins to take messages.
   *
   * @param atOnce most dispatches under way, the consumer's prefetch
   */
  public static Intake start(Consumer consumer, Dispatcher dispatcher, int atOnce) {
    Intake intake = new Intake(consumer);
    consumer
        .deliveries()
        .onItem()
        .transformToUni(dispatcher::dispatch)
        .merge(atOnce)
        .onTermination()
        .invoke(intake.ended::countDown)
        .subscribe()
        .with(
            nothing -> {},
            failure ->
                LOG.errorf(failure, "nothing is taken from '%s' any more", consumer.queue()));
    return intake;
  }

  /** The queue it takes from. */
  public String queue() {
    return consumer.queue();
  }

  /** Whether the broker would hand it a message now. */
  public boolean live() {
    return consumer.live();
  }

  /** Takes no more messages; those under way go on. */
  public void stop() {
    consumer.stop();
  }

  /** Waits for what is under way, then gives back what is not settled. */
  public void close(Duration grace) {
    consumer.stop();
    try {
      if (!ended.await(grace.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warnf("messages of '%s' are given back: not dispatched within %s", queue(), grace);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    consumer.close();
  }
}
