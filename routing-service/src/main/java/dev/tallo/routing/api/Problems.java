package dev.tallo.routing.api;

import dev.tallo.problem.FieldError;
import dev.tallo.problem.Problem;
import dev.tallo.routing.rule.InvalidRuleException;
import dev.tallo.routing.rule.RuleEditException;
import dev.tallo.routing.rule.RuleJson;
import jakarta.ws.rs.core.Response;
import java.sql.SQLException;
import java.util.List;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Turns what this service throws into problems, beside what every service does. */
final class Problems {
  private static final Logger LOG = Logger.getLogger(Problems.class);

  @ServerExceptionMapper
  Response of(InvalidRuleException e) {
    return Problem.of("invalid-rule", 422, "The request is not valid", e.errors()).response();
  }

  @ServerExceptionMapper
  Response of(RuleJson.MalformedJsonException e) {
    String message = String.valueOf(e.getMessage());
    return Problem.of("malformed", 400, "The body cannot be read", "The body " + message + ".")
        .withErrors(List.of(new FieldError("body", message)))
        .response();
  }

  @ServerExceptionMapper
  Response of(RuleEditException e) {
    String message = String.valueOf(e.getMessage());
    Problem problem =
        switch (e) {
          case RuleEditException.Unknown ignored ->
              Problem.of("unknown-rule", 404, "There is no such rule", message);
          case RuleEditException.Exists ignored ->
              Problem.of("rule-exists", 409, "The id is used", message)
                  .withErrors(List.of(new FieldError("id", "must be new")));
          case RuleEditException.Configured ignored ->
              Problem.of("rule-configured", 409, "The rule is kept elsewhere", message);
          case RuleEditException.Changed ignored ->
              Problem.of("rules-changed", 412, "Someone else changed it", message);
        };
    return problem.response();
  }

  @ServerExceptionMapper
  Response of(PreconditionRequiredException e) {
    return Problem.of(
            "if-match-required", 428, "If-Match is required", String.valueOf(e.getMessage()))
        .response();
  }

  @ServerExceptionMapper
  Response of(UnavailableException e) {
    return Problem.of(
            "unavailable", 503, "Rules cannot be changed now", String.valueOf(e.getMessage()))
        .response();
  }

  @ServerExceptionMapper
  Response of(SQLException e) {
    LOG.warnf("the store does not answer: %s", e.getMessage());
    return Problem.of("unavailable", 503, "The store is not available", "It does not answer.")
        .response();
  }
}
