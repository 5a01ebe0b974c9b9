package dev.tallo.worker.control;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.control.ControlCommand;
import dev.tallo.messaging.control.ControlLog;
import dev.tallo.messaging.control.ControlState;
import dev.tallo.worker.time.WorkerClock;
import io.smallrye.common.annotation.Identifier;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Reads the control stream from its beginning and follows it. Until it is started, as in a test
 * without a broker, nothing is revoked, paused or limited.
 */
@Singleton
public class WorkerControl {
  private static final Logger LOG = Logger.getLogger("dev.tallo.worker");
  private static final Duration CONNECTED_FOR = Duration.ofSeconds(1);

  /** How long the stream may take while the broker is there. */
  private static final Duration READ_WITHIN = Duration.ofSeconds(30);

  private final Clock clock;
  private final ControlState state = new ControlState();
  private Optional<ControlLog> log = Optional.empty();

  WorkerControl(@Identifier(WorkerClock.NAME) Clock clock) {
    this.clock = clock;
  }

  /** What holds now. */
  public ControlState state() {
    return state;
  }

  /**
   * Begins to read.
   *
   * @param changed called after each command that changed the state; must not block
   */
  public void start(Broker broker, Consumer<ControlCommand> changed) {
    ControlLog opened =
        new ControlLog(
            broker,
            clock,
            command -> {
              if (state.apply(command)) {
                changed.accept(command);
              }
            });
    log = Optional.of(opened);
    opened.start();
  }

  /**
   * Waits until what was commanded before the start has been read, however long the broker is away.
   * A broker that is there but has no streams does not keep the worker from its work for ever.
   *
   * @param until ends the wait
   */
  public void awaitCaughtUp(Broker broker, BooleanSupplier until) throws InterruptedException {
    CompletableFuture<Void> caughtUp = log.orElseThrow().caughtUp().toCompletableFuture();
    long deadline = System.nanoTime() + READ_WITHIN.toNanos();
    while (!until.getAsBoolean() && !caughtUp.isDone()) {
      if (!broker.awaitReady(CONNECTED_FOR)) {
        deadline = System.nanoTime() + READ_WITHIN.toNanos();
      } else if (System.nanoTime() - deadline >= 0) {
        LOG.errorf(
            "the control stream could not be read within %s: revocations, pauses and limits that"
                + " were commanded before are not known here, and tasks are taken all the same",
            READ_WITHIN);
        return;
      }
      try {
        caughtUp.get(CONNECTED_FOR.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        // Looked at again above.
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
  }

  /** Reads no more. */
  public void stop() {
    log.ifPresent(ControlLog::close);
  }
}
