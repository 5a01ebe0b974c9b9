package dev.tallo.producer.control;

import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.control.ControlCommand;
import dev.tallo.producer.Periodic;
import dev.tallo.producer.history.Leases;
import dev.tallo.producer.history.RevocationStore;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Writes again what still holds, before the stream forgets it: of each queue and each limited task
 * the last command, and the revocations of tasks that have not ended, each with the time at which
 * it was issued first. So a task that comes due after months is still revoked then.
 *
 * <p>One replica does so in a day, which is a small part of {@link Topology#CONTROL_RETENTION}.
 * When it fails, its turn is given back. What takes a command back is written again as well, for
 * twice the retention: until then an older command may be in the stream that it has to outlive.
 */
@Singleton
public class StandingCommands {
  private static final Logger LOG = Logger.getLogger(StandingCommands.class);
  private static final String TURN = "standing-commands";
  private static final Duration LOOK_EVERY = Duration.ofMinutes(1);
  private static final Duration TURN_EVERY = Duration.ofDays(1);
  private static final Duration AGAIN_AFTER_FAILURE = Duration.ofMinutes(10);
  private static final int AT_ONCE = 200;

  private final Commands commands;
  private final RevocationStore revocations;
  private final Leases leases;
  private final Clock clock;
  private final Counter written;
  private Optional<Cancellable> ticking = Optional.empty();

  StandingCommands(
      Commands commands,
      RevocationStore revocations,
      Leases leases,
      Clock clock,
      MeterRegistry registry) {
    this.commands = commands;
    this.revocations = revocations;
    this.leases = leases;
    this.clock = clock;
    written =
        Counter.builder("tallo.commands.rewritten")
            .description("Commands to workers that were written again to outlive the stream")
            .register(registry);
  }

  /** Begins to look whether it is time. */
  public void start() {
    ticking = Optional.of(Periodic.every(LOOK_EVERY, "writing commands again", this::writeIfDue));
  }

  /** Looks no more. */
  public void stop() {
    ticking.ifPresent(Cancellable::cancel);
  }

  /** Before everything in the stream was read it is not known what holds. */
  private Uni<Void> writeIfDue() {
    if (!commands.current()) {
      return Uni.createFrom().voidItem();
    }
    return Uni.createFrom()
        .completionStage(() -> leases.takeTurn(TURN, TURN_EVERY))
        .flatMap(
            mine ->
                mine
                    ? writeAgain()
                        .onFailure()
                        .call(
                            failure -> {
                              LOG.warnf(
                                  "commands are written again later: %s", failure.getMessage());
                              return Uni.createFrom()
                                  .completionStage(
                                      () -> leases.moveTurn(TURN, AGAIN_AFTER_FAILURE));
                            })
                        .onFailure()
                        .recoverWithNull()
                    : Uni.createFrom().voidItem());
  }

  /** Writes all that holds. */
  public Uni<Void> writeAgain() {
    List<ControlCommand> standing = new ArrayList<>();
    Instant forgotten = clock.instant().minus(Topology.CONTROL_RETENTION.multipliedBy(2));
    for (ControlCommand command : commands.state().queues().values()) {
      if (command instanceof ControlCommand.PauseQueue || command.issuedAt().isAfter(forgotten)) {
        standing.add(command);
      }
    }
    for (ControlCommand.LimitTask limit : commands.state().limits().values()) {
      if (limit.concurrency().isPresent()
          || limit.rate().isPresent()
          || limit.issuedAt().isAfter(forgotten)) {
        standing.add(limit);
      }
    }
    return writeAll(standing).chain(() -> writeRevocations(Long.MIN_VALUE));
  }

  private Uni<Void> writeRevocations(long after) {
    return revocations
        .standing(after, AT_ONCE)
        .flatMap(
            page -> {
              Uni<Void> these =
                  writeAll(
                      page.stream()
                          .map(
                              one ->
                                  (ControlCommand)
                                      new ControlCommand.Revoke(
                                          one.taskId(),
                                          one.revocation().terminate(),
                                          one.revocation().at()))
                          .toList());
              return page.size() < AT_ONCE
                  ? these
                  : these.chain(() -> writeRevocations(page.getLast().place()));
            });
  }

  private Uni<Void> writeAll(List<ControlCommand> standing) {
    return Multi.createFrom()
        .iterable(standing)
        .onItem()
        .transformToUni(command -> commands.write(command).invoke(() -> written.increment()))
        .merge(AT_ONCE)
        .onItem()
        .ignoreAsUni();
  }
}
