package dev.tallo.messaging.broker;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * The unsettled deliveries of one channel, and how they are settled with few frames.
 *
 * <p>Acknowledged deliveries at the front of the line are told to the broker together, by one
 * {@code basic.ack} with {@code multiple} for the longest such prefix. Those that wait behind an
 * unfinished one for more than {@link #STRAGGLER_WAIT}, or are a good part of what the broker hands
 * out, are acknowledged one by one, so that a long task neither stops the flow of new deliveries
 * nor brings back what was finished beside it.
 *
 * <p>Always holds: a delivery tag is settled at most once; a {@code multiple} names a tag that is
 * itself unsettled at the broker, and everything at or before it was acknowledged by the user;
 * requeues and rejects of a round are sent before its acknowledgements.
 *
 * <p>Threads: deliveries are added by the client's dispatch, settled by anyone, sent by a flusher
 * of its own. {@code lock} guards the line; frames are written outside it.
 */
final class Settlement {
  private static final Logger LOG = Logger.getLogger(Settlement.class);

  /** How long an acknowledged delivery waits behind an unfinished one. */
  static final Duration STRAGGLER_WAIT = Duration.ofMillis(100);

  /** How long acknowledgements are collected while there are few. */
  private static final Duration COLLECT = Duration.ofMillis(3);

  /** So many times what is collected are a good part of what the broker hands out. */
  private static final int CROWD = 4;

  private enum Verdict {
    NONE,
    ACK,
    REQUEUE,
    REJECT
  }

  /** A delivery in the line. */
  final class Ticket {
    private final long tag;
    private Verdict verdict = Verdict.NONE;
    private long settledAt;

    private Ticket(long tag) {
      this.tag = tag;
    }

    void ack() {
      settle(this, Verdict.ACK);
    }

    void requeue() {
      settle(this, Verdict.REQUEUE);
    }

    void reject() {
      settle(this, Verdict.REJECT);
    }

    boolean open() {
      lock.lock();
      try {
        return !dead && verdict == Verdict.NONE;
      } finally {
        lock.unlock();
      }
    }
  }

  private final Channel channel;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition drained = lock.newCondition();
  private final ArrayDeque<Ticket> line = new ArrayDeque<>();
  private final List<Ticket> refused = new ArrayList<>();
  private int unfinished;
  private int acknowledged; // verdict ACK, still in the line
  private long acksSent;
  private int collectAtLeast = 1;
  private int crowd = CROWD;
  private boolean flusherWaits;
  private boolean flusherWrites;
  private boolean dead;

  Settlement(Channel channel, String name) {
    this.channel = channel;
    Thread.ofVirtual().name(name + " settle").start(this::flush);
  }

  /** Acknowledgements are sent at once when this many are ready, otherwise after a few ms. */
  void collectAtLeast(int count) {
    lock.lock();
    try {
      collectAtLeast = Math.max(1, count);
      crowd = CROWD * collectAtLeast;
    } finally {
      lock.unlock();
    }
  }

  Ticket add(long tag) {
    Ticket ticket = new Ticket(tag);
    lock.lock();
    try {
      if (!dead) {
        line.addLast(ticket);
        unfinished++;
      }
      return ticket;
    } finally {
      lock.unlock();
    }
  }

  /** Deliveries that the user has not settled. */
  int unfinished() {
    lock.lock();
    try {
      return dead ? 0 : unfinished;
    } finally {
      lock.unlock();
    }
  }

  /** Acknowledgements that were written so far. */
  long acksSent() {
    lock.lock();
    try {
      return acksSent;
    } finally {
      lock.unlock();
    }
  }

  /** Gives back everything that is not settled. */
  void requeueUnfinished() {
    List<Ticket> open;
    lock.lock();
    try {
      open = line.stream().filter(ticket -> ticket.verdict == Verdict.NONE).toList();
    } finally {
      lock.unlock();
    }
    open.forEach(Ticket::requeue);
  }

  /** Waits until everything is settled and told to the broker, or the channel is gone. */
  boolean awaitDrained(Duration atMost) throws InterruptedException {
    long left = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while (!dead && !isDrained() && left > 0) {
        left = drained.awaitNanos(left);
      }
      return dead || isDrained();
    } finally {
      lock.unlock();
    }
  }

  /** Called under the lock. */
  private boolean isDrained() {
    return line.isEmpty() && refused.isEmpty() && !flusherWrites;
  }

  /** The channel is gone: nothing can be settled any more. */
  void abandon() {
    lock.lock();
    try {
      dead = true;
      line.clear();
      refused.clear();
      work.signalAll();
      drained.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void settle(Ticket ticket, Verdict verdict) {
    lock.lock();
    try {
      if (dead || ticket.verdict != Verdict.NONE) {
        return;
      }
      ticket.verdict = verdict;
      unfinished--;
      if (verdict == Verdict.ACK) {
        ticket.settledAt = System.nanoTime();
        acknowledged++;
      } else {
        refused.add(ticket);
      }
      // While the flusher collects, only a full round is worth waking it.
      if (flusherWaits
          || acknowledged == collectAtLeast
          || acknowledged == crowd
          || verdict != Verdict.ACK) {
        work.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** What one round tells the broker. */
  private record Round(List<Ticket> refused, List<Ticket> singles, long prefixTag) {
    boolean isEmpty() {
      return refused.isEmpty() && singles.isEmpty() && prefixTag == 0;
    }
  }

  private void flush() {
    try {
      while (true) {
        Round round = nextRound();
        if (round == null) {
          return;
        }
        for (Ticket ticket : round.refused) {
          channel.basicNack(ticket.tag, false, ticket.verdict == Verdict.REQUEUE);
        }
        for (Ticket ticket : round.singles) {
          channel.basicAck(ticket.tag, false);
        }
        if (round.prefixTag != 0) {
          channel.basicAck(round.prefixTag, true);
        }
        signalIfDrained();
      }
    } catch (IOException | AlreadyClosedException e) {
      // The broker gives everything unsettled back by itself; the consumer subscribes again.
      LOG.debugf("settling stopped: %s", e.getMessage());
      abandon();
    } catch (InterruptedException e) {
      abandon();
    }
  }

  private void signalIfDrained() {
    lock.lock();
    try {
      flusherWrites = false;
      if (isDrained()) {
        drained.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private Round nextRound() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!dead) {
        if (acknowledged == 0 && refused.isEmpty()) {
          flusherWaits = true;
          work.await();
          flusherWaits = false;
          continue;
        }
        long left = COLLECT.toNanos();
        while (!dead && refused.isEmpty() && acknowledged < collectAtLeast && left > 0) {
          left = work.awaitNanos(left);
        }
        if (dead) {
          return null;
        }
        Round round = collect();
        if (!round.isEmpty()) {
          flusherWrites = true;
          return round;
        }
        // Everything that is acknowledged waits behind an unfinished one.
        work.await(STRAGGLER_WAIT.toMillis() / 4, TimeUnit.MILLISECONDS);
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  private Round collect() {
    List<Ticket> toRefuse = List.copyOf(refused);
    refused.clear();
    line.removeAll(toRefuse.size() > 8 ? new java.util.HashSet<>(toRefuse) : toRefuse);
    long prefixTag = 0;
    while (!line.isEmpty() && line.peekFirst().verdict == Verdict.ACK) {
      prefixTag = line.pollFirst().tag;
      acknowledged--;
      acksSent++;
    }
    List<Ticket> singles = new ArrayList<>();
    if (acknowledged > 0) {
      boolean crowded = acknowledged >= crowd;
      long overdue = System.nanoTime() - STRAGGLER_WAIT.toNanos();
      for (Iterator<Ticket> tickets = line.iterator(); tickets.hasNext(); ) {
        Ticket ticket = tickets.next();
        if (ticket.verdict == Verdict.ACK && (crowded || ticket.settledAt - overdue <= 0)) {
          tickets.remove();
          singles.add(ticket);
          acknowledged--;
          acksSent++;
        }
      }
    }
    return new Round(toRefuse, singles, prefixTag);
  }
}
