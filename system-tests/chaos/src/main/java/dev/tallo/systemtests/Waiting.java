package dev.tallo.systemtests;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.awaitility.core.ConditionTimeoutException;

/** Waiting for a condition, and for nothing but time. */
final class Waiting {
  private static final Duration POLL = Duration.ofMillis(50);

  private Waiting() {}

  /**
   * Waits until it holds.
   *
   * @throws ChaosException if it does not by the deadline
   */
  static void until(String what, Duration atMost, Callable<Boolean> holds) {
    try {
      await().pollDelay(Duration.ZERO).pollInterval(POLL).atMost(atMost).until(holds);
    } catch (ConditionTimeoutException e) {
      throw new ChaosException("not within " + atMost.toSeconds() + " s: " + what);
    }
  }

  /** Waits until it holds, or for so long; tells whether it did. */
  static boolean untilOrEnough(Duration enough, BooleanSupplier holds) {
    for (long end = System.nanoTime() + enough.toNanos(); System.nanoTime() < end; ) {
      if (holds.getAsBoolean()) {
        return true;
      }
      hold(POLL);
    }
    return holds.getAsBoolean();
  }

  /** Lets a fault last: here time itself is what is wanted. */
  static void hold(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ChaosException("interrupted", e);
    }
  }
}
