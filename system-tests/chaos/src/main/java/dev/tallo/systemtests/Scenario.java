package dev.tallo.systemtests;

import java.util.Optional;
import java.util.function.BooleanSupplier;

/** A kind of fault, made while tasks are submitted and run. */
interface Scenario {
  /** For {@code --only}. */
  String name();

  /** What is done, in a few words. */
  String faults();

  /** Makes the faults, each time until the system is well again. */
  void make(Trial trial) throws Exception;

  /** Why it cannot be made here. */
  default Optional<String> impossible(SystemUnderTest system) {
    return Optional.empty();
  }

  /** Whether loss is what has to come out: the proof that the count sees it. */
  default boolean loses() {
    return false;
  }

  /** What is submitted, and where it is asked for. */
  default Stage stage(SystemUnderTest system, Ledger ledger, BooleanSupplier room) {
    Api api = new Api(system.producer().address());
    return new Stage(
        api,
        new Submitters(Clients.byId(api, ledger), room, ledger),
        Trial.UNDER_WAY / 2,
        () -> {});
  }

  /**
   * Where a scenario happens.
   *
   * @param api where the history is asked
   * @param load what submits
   * @param underWay tasks that the load should have under way whenever a fault is made
   * @param end puts the system back as it was
   */
  record Stage(Api api, Load load, int underWay, Runnable end) {}
}
