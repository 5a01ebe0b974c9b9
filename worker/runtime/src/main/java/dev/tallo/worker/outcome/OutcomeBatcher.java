package dev.tallo.worker.outcome;

import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.PublishException;
import dev.tallo.messaging.broker.Publisher;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.ResultCodec;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * Publishes outcomes to {@code tallo.results} in batches that make themselves: while fewer than
 * {@link #IN_FLIGHT} batches wait for their confirm, an outcome leaves at once and alone; while
 * that many do, outcomes collect and leave together with the next confirm. So an idle worker adds
 * no delay, and a busy one needs few messages.
 *
 * <p>A batch is sent again under the same id until it is confirmed, however long the broker is
 * away. Bounds: {@link #full} tells when nothing more should be started.
 *
 * <p>Threads: {@link #add} is called by the tasks' threads, confirms arrive on the publisher's.
 * {@code lock} guards all fields; nothing is published and nobody called back under it. Always: an
 * outcome is in {@code collecting} or in exactly one batch under way, until its callback ran.
 */
public final class OutcomeBatcher {
  private static final Logger LOG = Logger.getLogger(OutcomeBatcher.class);

  /** Batches that may wait for their confirm: one is on its way while the other is stored. */
  static final int IN_FLIGHT = 2;

  /** Unconfirmed bytes from which on no task should be started. */
  static final long FULL_BYTES = 32L << 20;

  /** Unconfirmed outcomes from which on no task should be started. */
  static final int FULL_OUTCOMES = 20_000;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  private record Entry(byte[] outcome, Runnable confirmed) {}

  private final Publisher publisher;
  private final Executor executor;
  private final Runnable roomAgain;
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Entry> collecting = new ArrayDeque<>();
  private int inFlight;
  private int unconfirmed;
  private long unconfirmedBytes;

  /**
   * @param executor runs what is to be sent again after a pause
   * @param roomAgain called when {@link #full} ceases to hold; must not block
   */
  public OutcomeBatcher(Publisher publisher, Executor executor, Runnable roomAgain) {
    this.publisher = publisher;
    this.executor = executor;
    this.roomAgain = roomAgain;
  }

  /**
   * Takes an outcome for the next batch.
   *
   * @param outcome as {@link ResultCodec#encodeOutcome} wrote it
   * @param confirmed called once the broker has it; must not block
   */
  public void add(byte[] outcome, Runnable confirmed) {
    List<Entry> batch;
    lock.lock();
    try {
      collecting.add(new Entry(outcome, confirmed));
      unconfirmed++;
      unconfirmedBytes += outcome.length;
      batch = nextBatch();
    } finally {
      lock.unlock();
    }
    send(batch);
  }

  /** Whether so much is unconfirmed that nothing more should be started. */
  public boolean full() {
    lock.lock();
    try {
      return isFull();
    } finally {
      lock.unlock();
    }
  }

  /** Outcomes that the broker has not confirmed. */
  public int unconfirmed() {
    lock.lock();
    try {
      return unconfirmed;
    } finally {
      lock.unlock();
    }
  }

  private boolean isFull() {
    return unconfirmedBytes >= FULL_BYTES || unconfirmed >= FULL_OUTCOMES;
  }

  /** What may leave now; empty if nothing may. Called under the lock. */
  private List<Entry> nextBatch() {
    if (collecting.isEmpty() || inFlight >= IN_FLIGHT) {
      return List.of();
    }
    List<Entry> batch = new ArrayList<>(Math.min(collecting.size(), ResultCodec.MAX_OUTCOMES));
    int bytes = 0;
    while (!collecting.isEmpty()
        && batch.size() < ResultCodec.MAX_OUTCOMES
        && (batch.isEmpty()
            || bytes + collecting.peek().outcome.length + 2 <= ResultCodec.MAX_BYTES)) {
      Entry entry = collecting.poll();
      bytes += entry.outcome.length + 1;
      batch.add(entry);
    }
    inFlight++;
    return batch;
  }

  private void send(List<Entry> batch) {
    if (batch.isEmpty()) {
      return;
    }
    Publication publication =
        new Publication(
            "",
            Topology.RESULTS,
            ResultCodec.encodeBatch(batch.stream().map(Entry::outcome).toList()));
    send(publication, batch, FIRST_PAUSE);
  }

  private void send(Publication publication, List<Entry> batch, Duration pause) {
    publisher
        .send(publication)
        .whenComplete(
            (stored, failure) -> {
              if (failure == null) {
                confirmed(batch);
              } else {
                again(publication, batch, pause, failure);
              }
            });
  }

  private void again(
      Publication publication, List<Entry> batch, Duration pause, Throwable failure) {
    boolean expected = failure instanceof PublishException e && e.worthRetrying();
    if (!expected || pause.equals(LONGEST_PAUSE)) {
      LOG.warnf("%d outcomes wait for the broker: %s", batch.size(), failure.getMessage());
    }
    Duration next = pause.multipliedBy(2);
    CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS, executor)
        .execute(
            () ->
                send(publication, batch, next.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : next));
  }

  private void confirmed(List<Entry> batch) {
    for (Entry entry : batch) {
      entry.confirmed.run();
    }
    List<Entry> next;
    boolean room;
    lock.lock();
    try {
      boolean wasFull = isFull();
      inFlight--;
      unconfirmed -= batch.size();
      for (Entry entry : batch) {
        unconfirmedBytes -= entry.outcome.length;
      }
      room = wasFull && !isFull();
      next = nextBatch();
    } finally {
      lock.unlock();
    }
    send(next);
    if (room) {
      roomAgain.run();
    }
  }
}
