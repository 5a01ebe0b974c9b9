package dev.tallo.worker.execution;

import dev.tallo.messaging.broker.Delivery;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Lets at most {@code concurrency} deliveries run and keeps the others in their order; the broker's
 * prefetch bounds how many those are. Each run gets a virtual thread of its own.
 *
 * <p>Threads: deliveries come from the broker's threads, {@link #finished} from the tasks'. {@code
 * lock} guards the fields; nothing is started under it. Always: {@code running} is the number of
 * starts without a {@link #finished}, and while something waits all slots are taken or nothing may
 * start.
 */
final class Intake {
  /** A delivery on its way through the worker. */
  static final class Entry {
    private final Delivery delivery;
    private final AtomicBoolean announced = new AtomicBoolean();

    private Entry(Delivery delivery) {
      this.delivery = delivery;
    }

    Delivery delivery() {
      return delivery;
    }

    /** Whether this is the first call: events tell once that the worker has a task. */
    boolean announce() {
      return !announced.get() && announced.compareAndSet(false, true);
    }
  }

  private final int concurrency;
  private final BooleanSupplier heldBack;
  private final Consumer<Entry> run;
  private final Thread.Builder threads =
      Thread.ofVirtual().name("task").inheritInheritableThreadLocals(false);
  private final ClassLoader application = Thread.currentThread().getContextClassLoader();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();
  private final ArrayDeque<Entry> waiting = new ArrayDeque<>();
  private int running;
  private boolean stopped;

  /**
   * Made on a thread of the application, whose class loader the runs get.
   *
   * @param heldBack whether nothing may start now
   * @param run works on a delivery; sees to it that {@link #finished} is called once for each
   */
  Intake(int concurrency, BooleanSupplier heldBack, Consumer<Entry> run) {
    this.concurrency = concurrency;
    this.heldBack = heldBack;
    this.run = run;
  }

  /** Runs it now or when there is a slot. */
  void offer(Delivery delivery) {
    boolean refused;
    lock.lock();
    try {
      refused = stopped;
      if (!refused) {
        waiting.add(new Entry(delivery));
      }
    } finally {
      lock.unlock();
    }
    if (refused) {
      delivery.requeue();
    } else {
      startWhatMay();
    }
  }

  /** A run is over: its slot is free. */
  void finished() {
    lock.lock();
    try {
      running--;
      if (running == 0) {
        idle.signalAll();
      }
    } finally {
      lock.unlock();
    }
    startWhatMay();
  }

  /** Starts what waits, as far as there are slots and nothing is held back. */
  void startWhatMay() {
    while (true) {
      Entry next;
      lock.lock();
      try {
        if (stopped || waiting.isEmpty() || running >= concurrency || heldBack.getAsBoolean()) {
          return;
        }
        next = waiting.poll();
        if (!next.delivery.open()) {
          // Its channel is gone: the broker hands it out again.
          continue;
        }
        running++;
      } finally {
        lock.unlock();
      }
      threads.start(() -> runAsApplication(next));
    }
  }

  /** Libraries that a task calls find classes by the thread's loader, which is not inherited. */
  private void runAsApplication(Entry next) {
    Thread.currentThread().setContextClassLoader(application);
    run.accept(next);
  }

  /** Gives back what waits of a queue. */
  void giveBack(String queue) {
    List<Entry> ofQueue = new ArrayList<>();
    lock.lock();
    try {
      waiting.removeIf(entry -> entry.delivery.queue().equals(queue) && ofQueue.add(entry));
    } finally {
      lock.unlock();
    }
    ofQueue.forEach(entry -> entry.delivery.requeue());
  }

  /** Starts nothing more and gives back what waits. */
  void stop() {
    List<Entry> unstarted;
    lock.lock();
    try {
      stopped = true;
      unstarted = new ArrayList<>(waiting);
      waiting.clear();
    } finally {
      lock.unlock();
    }
    unstarted.forEach(entry -> entry.delivery.requeue());
  }

  /** Waits until nothing runs; false if something still did after this time. */
  boolean awaitIdle(Duration atMost) throws InterruptedException {
    long left = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while (running > 0 && left > 0) {
        left = idle.awaitNanos(left);
      }
      return running == 0;
    } finally {
      lock.unlock();
    }
  }

  int running() {
    lock.lock();
    try {
      return running;
    } finally {
      lock.unlock();
    }
  }

  int waiting() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  /** What waits now, oldest first. */
  List<Entry> entriesWaiting() {
    lock.lock();
    try {
      return List.copyOf(waiting);
    } finally {
      lock.unlock();
    }
  }
}
