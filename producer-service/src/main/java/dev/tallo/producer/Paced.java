package dev.tallo.producer;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Work that looks through much, done again and again on a virtual thread of its own. The pause
 * after it is the interval, or as long as leaves 98 % of the time to others where the work took
 * longer; but never more than ten intervals, so that one look that had to wait for something does
 * not put off the next for long.
 */
public final class Paced {
  private static final Logger LOG = Logger.getLogger(Paced.class);
  private static final int SHARE = 50;
  private static final int LONGEST = 10;
  private static final Duration END = Duration.ofSeconds(2);

  private final String name;
  private final Duration interval;
  private final Runnable work;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;

  /**
   * @param name of the work, for the log and the thread
   * @param interval between two looks
   * @param work which asks {@link #stopped()} where it takes long; a failure is logged and hinders
   *     nothing after it
   */
  public Paced(String name, Duration interval, Runnable work) {
    this.name = name;
    this.interval = interval;
    this.work = work;
    thread = Thread.ofVirtual().name("tallo-" + name).unstarted(this::run);
  }

  /** Does the work now, and from then on. */
  public void start() {
    thread.start();
  }

  /** Begins no more work, and waits up to two seconds for what is under way. */
  public void stop() {
    stop.countDown();
    try {
      if (thread.isAlive()) {
        thread.join(END);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the work had better end. */
  public boolean stopped() {
    return stop.getCount() == 0;
  }

  private void run() {
    Duration pause = Duration.ZERO;
    try {
      while (!stop.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
        long began = System.nanoTime();
        try {
          work.run();
        } catch (RuntimeException e) {
          LOG.warnf("%s failed, and is tried again: %s", name, e.getMessage());
        }
        pause = pauseAfter(Duration.ofNanos(System.nanoTime() - began), interval);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static Duration pauseAfter(Duration took, Duration interval) {
    Duration fair = took.multipliedBy(SHARE);
    Duration longest = interval.multipliedBy(LONGEST);
    if (fair.compareTo(interval) < 0) {
      return interval;
    }
    return fair.compareTo(longest) < 0 ? fair : longest;
  }
}
