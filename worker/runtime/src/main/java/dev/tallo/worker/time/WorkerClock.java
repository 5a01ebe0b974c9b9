package dev.tallo.worker.time;

import io.quarkus.arc.DefaultBean;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;

/**
 * The time by which tasks expire and become due. The qualifier keeps it apart from a {@code Clock}
 * of the application's own; a test kit may bring another of the same qualifier, which then counts.
 */
@Singleton
public class WorkerClock {
  /** The identifier of the worker's clock. */
  public static final String NAME = "tallo-worker";

  @Produces
  @Singleton
  @DefaultBean
  @Identifier(NAME) Clock clock() {
    return Clock.systemUTC();
  }
}
