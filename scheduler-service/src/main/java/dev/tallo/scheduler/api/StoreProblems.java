package dev.tallo.scheduler.api;

import dev.tallo.problem.Problem;
import dev.tallo.scheduler.store.StoreUnavailableException;
import jakarta.ws.rs.core.Response;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** What is answered while the store is away. */
final class StoreProblems {
  private static final Logger LOG = Logger.getLogger(StoreProblems.class);

  @ServerExceptionMapper
  Response of(StoreUnavailableException e) {
    LOG.errorf("a request failed: %s", e.getMessage());
    return Problem.of(
            "unavailable",
            503,
            "The store is not available",
            "The schedules cannot be read or changed now: try again.")
        .response();
  }
}
