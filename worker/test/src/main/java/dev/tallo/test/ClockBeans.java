package dev.tallo.test;

import dev.tallo.worker.time.WorkerClock;
import io.quarkus.arc.Unremovable;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Singleton;
import java.time.Clock;

/** Puts one movable clock in the place of the worker's, and no {@code Clock} of the application. */
@Singleton
class ClockBeans {
  private final MovableClock clock = new MovableClock();

  /** Reset after each test, also where no test injects it. */
  @Produces
  @Singleton
  @Unremovable
  @Typed(MovableClock.class)
  MovableClock movable() {
    return clock;
  }

  @Produces
  @Singleton
  @Identifier(WorkerClock.NAME) Clock workers() {
    return clock;
  }
}
