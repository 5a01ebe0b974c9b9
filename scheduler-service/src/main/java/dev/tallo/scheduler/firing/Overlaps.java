package dev.tallo.scheduler.firing;

import dev.tallo.scheduler.configuration.SchedulerConfiguration;
import dev.tallo.scheduler.firing.FiringStore.Previous;
import dev.tallo.scheduler.producer.TaskHistory;
import dev.tallo.scheduler.producer.TaskHistory.Standing;
import dev.tallo.scheduler.store.StoreClock;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Whether a firing is sent although the task of the one before has not ended. A task that waits in
 * its queue is not in the history yet, so one that the history does not know counts as waiting, for
 * {@code tallo.scheduler.unknown-for} after it was sent. Blocks: call it on a virtual thread.
 */
@Singleton
class Overlaps {
  private static final Logger LOG = Logger.getLogger(Overlaps.class);

  private final FiringStore store;
  private final TaskHistory history;
  private final SchedulerConfiguration configuration;
  private final StoreClock clock;

  Overlaps(
      FiringStore store,
      TaskHistory history,
      SchedulerConfiguration configuration,
      StoreClock clock) {
    this.store = store;
    this.history = history;
    this.configuration = configuration;
    this.clock = clock;
  }

  /** Why it is not sent; empty if it is. */
  Optional<String> reasonToSkip(Firing firing) throws InterruptedException {
    return switch (firing.order().overlap()) {
      case ALLOW -> Optional.empty();
      case SKIP -> skip(firing);
      case CANCEL -> {
        cancel(firing);
        yield Optional.empty();
      }
    };
  }

  private Optional<String> skip(Firing firing) throws InterruptedException {
    Optional<Previous> previous = store.previous(firing);
    if (previous.isEmpty()) {
      return Optional.empty();
    }
    String task = previous.get().taskId();
    Optional<Instant> sent = previous.get().settled();
    return switch (history.standing(task)) {
      case Standing.Ended ended -> Optional.empty();
      case Standing.Running(String state) ->
          Optional.of("task %s of the last firing is %s".formatted(task, state));
      case Standing.Unknown(String why) ->
          sent.isEmpty() || sent.get().plus(configuration.unknownFor()).isAfter(clock.instant())
              ? Optional.of(
                  "task %s of the last firing may not have ended: %s".formatted(task, why))
              : Optional.empty();
    };
  }

  private void cancel(Firing firing) throws InterruptedException {
    Optional<Previous> previous = store.previous(firing);
    if (previous.isPresent()
        && !(history.standing(previous.get().taskId()) instanceof Standing.Ended)
        && !history.cancel(previous.get().taskId())) {
      LOG.warnf(
          "%s is sent, but task %s of the last firing could not be told to end",
          firing, previous.get().taskId());
    }
  }
}
