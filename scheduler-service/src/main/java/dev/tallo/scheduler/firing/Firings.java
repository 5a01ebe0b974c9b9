package dev.tallo.scheduler.firing;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.problem.FieldError;
import dev.tallo.problem.Problem;
import dev.tallo.problem.ProblemException;
import dev.tallo.scheduler.configuration.SchedulerConfiguration;
import dev.tallo.scheduler.schedule.Definition;
import dev.tallo.scheduler.store.StoreClock;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What someone asks of firings. Blocks: call it on a virtual thread. */
@Singleton
public class Firings {
  /** Largest page. */
  public static final int MAX_LIMIT = 500;

  private final FiringStore store;
  private final Emitter emitter;
  private final Broker broker;
  private final SchedulerConfiguration configuration;
  private final StoreClock clock;

  /** How many firings a back-fill sends, and how many were sent before. */
  public record Backfill(int firings, int alreadySent) {}

  Firings(
      FiringStore store,
      Emitter emitter,
      Broker broker,
      SchedulerConfiguration configuration,
      StoreClock clock) {
    this.store = store;
    this.emitter = emitter;
    this.broker = broker;
    this.configuration = configuration;
    this.clock = clock;
  }

  /**
   * Sends a task of the schedule now, whatever its policies and whether it is paused.
   *
   * @throws ProblemException 503 while the broker takes nothing
   */
  public PastFiring run(Definition definition) {
    if (!broker.status().usable()) {
      throw Problem.of(
              "unavailable",
              503,
              "Tasks are not taken now",
              "The broker is away or blocked. Nothing was sent: try again.")
          .exception();
    }
    Firing firing = store.run(definition);
    emitter.emit(firing);
    return new PastFiring(
        firing.nominal(),
        firing.kind(),
        firing.due(),
        firing.taskId(),
        FiringState.CLAIMED,
        Optional.empty(),
        Optional.empty());
  }

  /**
   * Has the tasks of past times be sent that were not: from one time on, and before another.
   *
   * @throws ProblemException 422 if there are too many, or the range does not lie in the past
   */
  public Backfill backfill(Definition definition, Instant from, Instant until) {
    if (until.isAfter(clock.instant())) {
      throw refused("until", "must lie in the past");
    }
    if (!until.isAfter(from)) {
      throw refused("until", "must lie after from");
    }
    List<Instant> times = new ArrayList<>();
    Optional<Instant> time = definition.next(from.minusMillis(1));
    while (time.isPresent() && time.get().isBefore(until)) {
      times.add(time.get());
      if (times.size() > configuration.maxBackfill()) {
        throw refused(
            "until",
            "must be nearer to from: there are more than %d times between them"
                .formatted(configuration.maxBackfill()));
      }
      time = definition.next(time.get());
    }
    int sent = store.backfill(definition, times);
    return new Backfill(sent, times.size() - sent);
  }

  private static ProblemException refused(String field, String message) {
    return Problem.of(
            "invalid-range",
            422,
            "The range cannot be filled",
            List.of(new FieldError(field, message)))
        .exception();
  }

  /** A page of a schedule's firings, the latest first, of nominal times in a range. */
  public List<PastFiring> history(
      String schedule, Optional<FiringState> state, Instant since, Instant before, int limit) {
    return store.history(schedule, state, since, before, limit);
  }
}
