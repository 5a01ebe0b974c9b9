package dev.tallo.test;

import io.quarkus.arc.Arc;
import io.quarkus.arc.ArcContainer;
import io.quarkus.arc.InstanceHandle;
import io.quarkus.test.junit.callback.QuarkusTestAfterEachCallback;
import io.quarkus.test.junit.callback.QuarkusTestMethodContext;

/** Lets the clock go with the system's again when a test is over. */
public final class ClockReset implements QuarkusTestAfterEachCallback {
  @Override
  public void afterEach(QuarkusTestMethodContext context) {
    ArcContainer container = Arc.container();
    if (container == null) {
      // The application under test is another process.
      return;
    }
    InstanceHandle<MovableClock> clock = container.instance(MovableClock.class);
    if (clock.isAvailable()) {
      clock.get().reset();
    }
  }
}
