package dev.tallo.problem;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Turns what is thrown into problems; nothing of the inside shows. */
final class ProblemResponses {
  private static final Logger LOG = Logger.getLogger(ProblemResponses.class);

  @ServerExceptionMapper
  Response of(ProblemException e) {
    return e.problem().response();
  }

  @ServerExceptionMapper
  Response of(WebApplicationException e) {
    Response original = e.getResponse();
    int status = original.getStatus();
    if (status < 400) {
      return original;
    }
    Response response =
        Problem.of(
                status,
                original.getStatusInfo().getReasonPhrase(),
                switch (status) {
                  case 404 -> "There is nothing at this address; see /q/openapi.";
                  case 405 -> "This method is not offered here; see /q/openapi.";
                  case 406 -> "No answer of the media types in 'Accept' can be given here.";
                  case 415 -> "'Content-Type' must be application/json, or as /q/openapi says.";
                  default -> original.getStatusInfo().getReasonPhrase() + ".";
                })
            .response();
    Object allow = original.getHeaders().getFirst(HttpHeaders.ALLOW);
    return allow == null
        ? response
        : Response.fromResponse(response).header(HttpHeaders.ALLOW, allow).build();
  }

  @ServerExceptionMapper
  Response of(Throwable e) {
    LOG.error("a request failed in an unforeseen way", e);
    return Problem.of(500, "Internal Server Error", "The request failed; the log says why.")
        .response();
  }
}
