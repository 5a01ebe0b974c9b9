package dev.tallo.producer.api;

import dev.tallo.problem.Problem;
import dev.tallo.producer.control.CommandNotWrittenException;
import dev.tallo.producer.history.HistoryUnavailableException;
import dev.tallo.producer.problem.SubmitProblems;
import dev.tallo.producer.submit.SubmitException;
import dev.tallo.producer.watch.TooManyWaitersException;
import io.smallrye.mutiny.TimeoutException;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Turns what this service throws into problems, beside what every service does. */
final class Problems {
  private static final Logger LOG = Logger.getLogger(Problems.class);

  @ServerExceptionMapper
  Response of(SubmitException e) {
    return SubmitProblems.of(e).response();
  }

  @ServerExceptionMapper
  Response of(CommandNotWrittenException e) {
    return Problem.of("unavailable", 503, "The workers cannot be told now", e.getMessage())
        .response();
  }

  @ServerExceptionMapper
  Response of(UnknownTaskException e) {
    return Problem.of("unknown-task", 404, "There is no such task", e.getMessage()).response();
  }

  @ServerExceptionMapper
  Response of(HistoryUnavailableException e) {
    return Problem.of("unavailable", 503, "The history is not available", e.getMessage())
        .response();
  }

  @ServerExceptionMapper
  Response of(TimeoutException e) {
    return Problem.of("unavailable", 503, "The history is not available", "It does not answer.")
        .response();
  }

  @ServerExceptionMapper
  Response of(TooManyWaitersException e) {
    return Problem.of("unavailable", 503, "Too many requests wait", e.getMessage()).response();
  }

  /** Nobody is there to read the answer; the tasks that were read before are submitted. */
  @ServerExceptionMapper
  Response of(IOException e) {
    LOG.infof("an upload broke off: %s", e.getMessage());
    return Problem.of(400, "Bad Request", "The upload broke off.").response();
  }
}
