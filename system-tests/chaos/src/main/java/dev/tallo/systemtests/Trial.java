package dev.tallo.systemtests;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** One scenario being made: load, faults, and then the count. */
final class Trial {
  /** Accepted and not begun: as many wait and run at any time. */
  static final int UNDER_WAY = 2_400;

  /** Tasks that were accepted, and begun, after a fault: then the system is well again. */
  private static final int SIGN_OF_LIFE = 300;

  static final Duration RECOVERY = Duration.ofSeconds(120);
  private static final Duration FILLING = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final Duration PATIENCE_FOR_LOSS = Duration.ofSeconds(5);

  private final SystemUnderTest system;
  private final Scenario scenario;
  private final Pace pace;
  private final Consumer<String> progress;
  private final Ledger ledger = new Ledger();
  private final Runs runs;
  private final Scenario.Stage stage;
  private final Instant since;
  private final long began = System.nanoTime();
  private int faults;
  private long mostUnderWay;

  private Trial(SystemUnderTest system, Scenario scenario, Pace pace, Consumer<String> progress) {
    this.system = system;
    this.scenario = scenario;
    this.pace = pace;
    this.progress = progress;
    // A task's time is when its row was stored; what the last scenario left is none of ours.
    since = Instant.now();
    runs = Runs.of(system.runs());
    stage = scenario.stage(system, ledger, this::room);
  }

  /** Makes a scenario and counts; what does not go as it has to is part of the result. */
  static Result of(
      SystemUnderTest system, Scenario scenario, Pace pace, Consumer<String> progress) {
    Optional<String> impossible = scenario.impossible(system);
    if (impossible.isPresent()) {
      return Result.skipped(scenario, impossible.get());
    }
    try {
      return new Trial(system, scenario, pace, progress).result();
    } catch (ChaosException e) {
      return Result.broken(scenario, String.valueOf(e.getMessage()));
    }
  }

  private Result result() {
    try {
      return counted();
    } finally {
      stage.end().run();
    }
  }

  private Result counted() {
    try (Load load = stage.load()) {
      load.resume();
      recovered();
      try {
        scenario.make(this);
      } catch (Exception e) {
        ledger.problem(e.toString());
      }
      load.pause();
      progress.accept("counting");
    }
    Count count =
        Count.of(stage.api(), since, ledger, runs, scenario.loses() ? PATIENCE_FOR_LOSS : PATIENCE);
    if (count.lost() > 0 && !scenario.loses()) {
      count.missing().forEach(ledger::problem);
      ledger.problem("in the broker's queues: " + system.queues());
    }
    return new Result(
        scenario,
        faults,
        mostUnderWay,
        count,
        ledger.refusals(),
        Duration.ofNanos(System.nanoTime() - began),
        List.copyOf(ledger.problems()),
        Optional.empty());
  }

  private boolean room() {
    return underWay() < UNDER_WAY;
  }

  private long underWay() {
    return ledger.accepted().size() - runs.count();
  }

  SystemUnderTest system() {
    return system;
  }

  Ledger ledger() {
    return ledger;
  }

  Load load() {
    return stage.load();
  }

  /** Where the history is asked. */
  Api api() {
    return stage.api();
  }

  /** How long a fault lasts. */
  Duration lasting() {
    return pace.fault();
  }

  /** How long a fault lasts that peers may notice by themselves. */
  Duration lastingLong() {
    return pace.beyondHeartbeats();
  }

  /** Tells, and counts, a fault. */
  void fault(String what) {
    faults++;
    mostUnderWay = Math.max(mostUnderWay, underWay());
    progress.accept(what);
  }

  /** One round of faults. */
  interface Round {
    void make(int number) throws Exception;
  }

  /** Makes rounds, this many at least, for as long as the scenario may go on. */
  void rounds(int atLeast, Round round) throws Exception {
    for (int i = 0; i < atLeast || System.nanoTime() - began < pace.scenario().toNanos(); i++) {
      round.make(i);
    }
  }

  /**
   * Waits until tasks are accepted and run as if nothing had been; then until enough are under way,
   * as far as a busy machine comes to that in some seconds.
   */
  void recovered() {
    int acceptedBefore = ledger.accepted().size();
    long runsBefore = runs.count();
    Waiting.until(
        "tasks are accepted and run again",
        RECOVERY,
        () ->
            ledger.accepted().size() >= acceptedBefore + SIGN_OF_LIFE
                && runs.count() >= runsBefore + SIGN_OF_LIFE);
    Waiting.untilOrEnough(FILLING, () -> underWay() >= stage.underWay());
  }

  /** Waits until a submit is refused: the fault is felt. */
  void refusedNow() {
    long before = ledger.refusals();
    Waiting.until("a submit is refused", RECOVERY, () -> ledger.refusals() > before);
  }

  /** Stops to submit, and waits until everything accepted has ended. */
  void quiet() {
    load().pause();
    Count count = Count.of(stage.api(), since, ledger, runs, PATIENCE);
    if (count.lost() > 0) {
      throw new ChaosException("not quiet: " + count.missing());
    }
  }
}
