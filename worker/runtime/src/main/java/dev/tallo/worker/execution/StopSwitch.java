package dev.tallo.worker.execution;

import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * By which one run is told from outside to stop: its thread is interrupted, or its {@code Uni} or
 * {@code CompletionStage} cancelled. The first reason counts, but for a time limit, which comes
 * after all others.
 *
 * <p>Safe from any thread. Always: nobody is interrupted before {@link #arm} or after {@link
 * #disarm}.
 */
final class StopSwitch {
  /** Why a run is to stop. */
  enum Reason {
    SOFT_TIME_LIMIT,
    TIME_LIMIT,
    REVOKED,
    SHUTDOWN
  }

  private Optional<Runnable> stop = Optional.empty();
  private Optional<Reason> reason = Optional.empty();

  /** From now on the run can be stopped in this way; at once if it was told to already. */
  synchronized void arm(Runnable way) {
    stop = Optional.of(way);
    if (reason.isPresent()) {
      way.run();
    }
  }

  /** The run is over. */
  synchronized void disarm() {
    stop = Optional.empty();
  }

  /** Tells the run to stop. */
  synchronized void pull(Reason why) {
    if (reason.isEmpty() || why == Reason.TIME_LIMIT) {
      reason = Optional.of(why);
    }
    stop.ifPresent(Runnable::run);
  }

  /** Why it was told to stop, if it was. */
  synchronized Optional<Reason> reason() {
    return reason;
  }

  /**
   * Whether it is what a thread that was interrupted, or a future that was cancelled, ends with.
   */
  static boolean isMadeByStopping(Throwable thrown) {
    int depth = 0;
    for (Throwable cause = thrown; cause != null && depth < 32; cause = cause.getCause(), depth++) {
      if (cause instanceof InterruptedException
          || cause instanceof InterruptedIOException
          || cause instanceof ClosedByInterruptException
          || cause instanceof CancellationException) {
        return true;
      }
    }
    return false;
  }
}
