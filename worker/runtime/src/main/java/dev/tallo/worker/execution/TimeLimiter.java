package dev.tallo.worker.execution;

import dev.tallo.messaging.protocol.TimeLimits;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Watches the time of attempts that have limits: has one told to stop at the soft limit, and gives
 * it up at the hard one. A thread that goes on then is counted as abandoned until it ends.
 *
 * <p>One thread keeps the time of all; what it calls must not block.
 */
final class TimeLimiter {
  private final AtomicInteger abandoned = new AtomicInteger();
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("tallo-time-limits").factory());

  TimeLimiter() {
    timer.setRemoveOnCancelPolicy(true);
  }

  /** Attempts that go on although they were given up. */
  int abandoned() {
    return abandoned.get();
  }

  private enum Phase {
    RUNNING,
    GIVEN_UP,
    ENDED
  }

  /** The time of one attempt. */
  final class Watch {
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.RUNNING);
    private volatile Optional<Future<?>> soft = Optional.empty();
    private volatile Optional<Future<?>> hard = Optional.empty();
    private boolean onThread = true; // guarded by this
    private boolean counted; // guarded by this

    private Watch() {}

    private void giveUp(StopSwitch stop, Runnable overdue) {
      if (phase.compareAndSet(Phase.RUNNING, Phase.GIVEN_UP)) {
        synchronized (this) {
          if (onThread) {
            counted = true;
            abandoned.incrementAndGet();
          }
        }
        try {
          stop.pull(StopSwitch.Reason.TIME_LIMIT);
        } finally {
          overdue.run();
        }
      }
    }

    /** The method has returned a promise: no thread is bound any more. */
    synchronized void promised() {
      onThread = false;
      uncount();
    }

    /** The attempt is over; true if it was not given up before. */
    boolean ended() {
      soft.ifPresent(timer -> timer.cancel(false));
      hard.ifPresent(timer -> timer.cancel(false));
      if (phase.compareAndSet(Phase.RUNNING, Phase.ENDED)) {
        return true;
      }
      synchronized (this) {
        onThread = false;
        uncount();
      }
      return false;
    }

    private void uncount() {
      if (counted) {
        counted = false;
        abandoned.decrementAndGet();
      }
    }
  }

  /**
   * Begins to watch an attempt.
   *
   * @param overdue called if it is given up
   */
  Watch watch(TimeLimits limits, StopSwitch stop, Runnable overdue) {
    Watch watch = new Watch();
    watch.soft =
        limits.soft().map(at -> after(at, () -> stop.pull(StopSwitch.Reason.SOFT_TIME_LIMIT)));
    watch.hard = limits.hard().map(at -> after(at, () -> watch.giveUp(stop, overdue)));
    return watch;
  }

  private Future<?> after(Duration time, Runnable what) {
    return timer.schedule(what, time.toNanos(), TimeUnit.NANOSECONDS);
  }
}
