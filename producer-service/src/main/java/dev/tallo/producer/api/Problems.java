package dev.tallo.producer.api;

import dev.tallo.producer.history.HistoryUnavailableException;
import dev.tallo.producer.problem.Problem;
import dev.tallo.producer.submit.SubmitException;
import dev.tallo.producer.watch.TooManyWaitersException;
import io.smallrye.mutiny.TimeoutException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Turns what is thrown into problems; nothing of the inside shows. */
final class Problems {
  private static final Logger LOG = Logger.getLogger(Problems.class);
  private static final String RETRY_SECONDS = "2";

  @ServerExceptionMapper
  Response of(SubmitException e) {
    return response(Problem.of(e));
  }

  @ServerExceptionMapper
  Response of(InvalidQueryException e) {
    return response(
        Problem.of(
                "invalid-query",
                400,
                "The query is not valid",
                "'" + e.errors().getFirst().field() + "' " + e.errors().getFirst().message())
            .withErrors(e.errors()));
  }

  @ServerExceptionMapper
  Response of(UnknownTaskException e) {
    return response(Problem.of("unknown-task", 404, "There is no such task", e.getMessage()));
  }

  @ServerExceptionMapper
  Response of(HistoryUnavailableException e) {
    return response(Problem.of("unavailable", 503, "The history is not available", e.getMessage()));
  }

  @ServerExceptionMapper
  Response of(TimeoutException e) {
    return response(
        Problem.of("unavailable", 503, "The history is not available", "It does not answer."));
  }

  @ServerExceptionMapper
  Response of(TooManyWaitersException e) {
    return response(Problem.of("unavailable", 503, "Too many requests wait", e.getMessage()));
  }

  @ServerExceptionMapper
  Response of(WebApplicationException e) {
    Response original = e.getResponse();
    int status = original.getStatus();
    if (status < 400) {
      return original;
    }
    Response response =
        response(
            Problem.of(
                status,
                original.getStatusInfo().getReasonPhrase(),
                switch (status) {
                  case 404 -> "There is nothing at this address; see /q/openapi.";
                  case 405 -> "This method is not offered here; see /q/openapi.";
                  case 406 -> "No answer of the media types in 'Accept' can be given here.";
                  case 415 -> "'Content-Type' must be application/json, or as /q/openapi says.";
                  default -> original.getStatusInfo().getReasonPhrase() + ".";
                }));
    Object allow = original.getHeaders().getFirst(HttpHeaders.ALLOW);
    return allow == null
        ? response
        : Response.fromResponse(response).header(HttpHeaders.ALLOW, allow).build();
  }

  /** Nobody is there to read the answer; the tasks that were read before are submitted. */
  @ServerExceptionMapper
  Response of(IOException e) {
    LOG.infof("an upload broke off: %s", e.getMessage());
    return response(Problem.of(400, "Bad Request", "The upload broke off."));
  }

  @ServerExceptionMapper
  Response of(Throwable e) {
    LOG.error("a request failed in an unforeseen way", e);
    return response(
        Problem.of(500, "Internal Server Error", "The request failed; the log says why."));
  }

  private static Response response(Problem problem) {
    Response.ResponseBuilder response =
        Response.status(problem.status()).type(Problem.MEDIA_TYPE).entity(problem);
    if (problem.status() == 503) {
      response.header(HttpHeaders.RETRY_AFTER, RETRY_SECONDS);
    }
    return response.build();
  }
}
