package dev.tallo.producer.control;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerStatus;
import dev.tallo.messaging.control.ControlCommand;
import dev.tallo.messaging.control.ControlLog;
import dev.tallo.messaging.control.ControlState;
import dev.tallo.producer.submit.SubmitConfig;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Writes commands to the stream that all workers follow, and follows it, to know what holds
 * whichever replica wrote it.
 */
@Singleton
public class Commands {
  private final Broker broker;
  private final Clock clock;
  private final Duration within;
  private final ControlState state = new ControlState();
  private final ControlLog log;

  Commands(Broker broker, SubmitConfig config, Clock clock) {
    this.broker = broker;
    this.clock = clock;
    within = config.deadline();
    log = new ControlLog(broker, clock, state::apply);
  }

  /** Begins to follow. */
  public void start() {
    log.start();
  }

  /** Follows no more. */
  public void stop() {
    log.close();
  }

  /** What holds, as far as it was read. */
  public ControlState state() {
    return state;
  }

  /** Whether all that was written before the start has been read, and commands are followed. */
  boolean current() {
    return log.live() && log.caughtUp().toCompletableFuture().isDone();
  }

  /** The time to issue a command at. */
  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  /**
   * Completes when the broker has the command, which then holds here as well; fails with a {@link
   * CommandNotWrittenException} within the deadline of a submission.
   */
  public Uni<Void> write(ControlCommand command) {
    BrokerStatus status = broker.status();
    if (!status.usable()) {
      return Uni.createFrom()
          .failure(
              new CommandNotWrittenException(
                  status
                      .blockedReason()
                      .or(status::lastError)
                      .orElse("the broker cannot be reached")));
    }
    return log.write(command, within)
        .invoke(() -> state.apply(command))
        .onFailure()
        .transform(failure -> new CommandNotWrittenException(String.valueOf(failure.getMessage())));
  }
}
