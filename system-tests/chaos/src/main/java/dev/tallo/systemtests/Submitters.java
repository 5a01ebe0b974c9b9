package dev.tallo.systemtests;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Some clients that submit, one thing after the other each, while they are told to go on and the
 * tasks under way are not too many.
 *
 * <p>Threads: a virtual thread per client; {@code going} and {@code closed} are read by them, and
 * {@code underWay} counts the submits that have begun.
 */
final class Submitters implements Load {
  /** How long a submit may be tried again after the pause began. */
  private static final Duration LAST_SUBMITS = Duration.ofSeconds(90);

  private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(100);
  private static final Duration BETWEEN_STEADY_SUBMITS = Duration.ofMillis(25);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(10);

  /** One attempt; true when there is nothing left to do of it. */
  interface Attempt {
    boolean made() throws IOException, InterruptedException;
  }

  /** A client makes up what it submits next. */
  interface Client {
    Attempt next();

    /** Whether it goes on, slowly, when there is no room: submits have to meet every fault. */
    default boolean steady() {
      return false;
    }
  }

  private final BooleanSupplier room;
  private final Ledger ledger;
  private final AtomicInteger underWay = new AtomicInteger();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile boolean going;
  private volatile boolean givingUp;
  private volatile boolean closed;

  /**
   * @param room whether there is room for more tasks under way
   */
  Submitters(List<? extends Client> clients, BooleanSupplier room, Ledger ledger) {
    this.room = room;
    this.ledger = ledger;
    new ArrayList<>(clients).forEach(client -> threads.execute(() -> run(client)));
  }

  @Override
  public void resume() {
    givingUp = false;
    going = true;
  }

  @Override
  public void pause() {
    going = false;
    // Looked at once: clients go on counting themselves while they have nothing to submit.
    if (!Waiting.untilOrEnough(LAST_SUBMITS, () -> underWay.get() == 0)) {
      givingUp = true;
      ledger.problem("submits were still not accepted " + LAST_SUBMITS.toSeconds() + " s later");
    }
  }

  @Override
  public void close() {
    closed = true;
    going = false;
    threads.shutdownNow();
  }

  private void run(Client client) {
    try {
      while (!closed) {
        if (client.steady() || room.getAsBoolean()) {
          submitIfGoing(client);
        }
        Thread.sleep(client.steady() ? BETWEEN_STEADY_SUBMITS : BETWEEN_LOOKS);
      }
    } catch (InterruptedException e) {
      // Closed.
    } catch (RuntimeException e) {
      ledger.problem("a client failed: " + e);
    }
  }

  /** Counted first, so that a pause either waits for it or keeps it from beginning. */
  private void submitIfGoing(Client client) throws InterruptedException {
    underWay.incrementAndGet();
    try {
      if (going) {
        submit(client.next());
      }
    } finally {
      underWay.decrementAndGet();
    }
  }

  private void submit(Attempt attempt) throws InterruptedException {
    while (!closed && !givingUp) {
      try {
        if (attempt.made()) {
          return;
        }
      } catch (IOException unanswered) {
        // As good as "it is not known": the same again.
      }
      ledger.refused();
      Thread.sleep(BETWEEN_ATTEMPTS);
    }
  }
}
