package dev.tallo.producer.deadletter;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.Consumer;
import dev.tallo.messaging.broker.ConsumerOptions;
import dev.tallo.messaging.broker.Delivery;
import dev.tallo.messaging.broker.Topology;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The messages that are too large to be read, whole, in a queue of the broker. One is removed by
 * taking them until it comes by; the others are given back.
 */
@Singleton
class Oversize {
  /** Most messages that are looked through. */
  private static final int MOST = 1_000;

  private static final Duration WITHIN = Duration.ofSeconds(30);

  /** Nothing came for so long: a large message takes its time on the way. */
  private static final Duration QUIET = Duration.ofSeconds(15);

  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  private final Broker broker;

  Oversize(Broker broker) {
    this.broker = broker;
  }

  /**
   * Removes the message of this fingerprint; blocks.
   *
   * @return false if it did not come by, as it was removed before, say
   * @throws RedriveException if the broker is away
   */
  boolean remove(String fingerprint) {
    if (!broker.status().usable()) {
      throw RedriveException.away("the broker, which has the message, cannot be reached");
    }
    CompletableFuture<Boolean> found = new CompletableFuture<>();
    AtomicLong lastSeen = new AtomicLong(System.nanoTime());
    Consumer consumer =
        broker.consumeApart(
            ConsumerOptions.of(Topology.DEAD_OVERSIZE)
                .declaring(Topology.oversizeQueue())
                .prefetch(MOST)
                .withHeads());
    try {
      consumer
          .deliveries()
          .subscribe()
          .with(
              delivery -> {
                lastSeen.set(System.nanoTime());
                if (is(delivery, fingerprint)) {
                  delivery.ack();
                  found.complete(true);
                }
              },
              found::completeExceptionally);
      long deadline = System.nanoTime() + WITHIN.toNanos();
      while (System.nanoTime() < deadline && System.nanoTime() - lastSeen.get() < QUIET.toNanos()) {
        try {
          return found.get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          // Not yet.
        } catch (ExecutionException e) {
          throw RedriveException.away(String.valueOf(e.getCause().getMessage()));
        }
      }
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      consumer.close();
    }
  }

  private static boolean is(Delivery delivery, String fingerprint) {
    return Examination.fingerprint(
            delivery.message().properties(),
            delivery.message().body(),
            delivery.wholeSize().orElse(delivery.message().body().length))
        .equals(fingerprint);
  }
}
