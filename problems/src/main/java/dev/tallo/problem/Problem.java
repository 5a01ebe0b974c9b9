package dev.tallo.problem;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong, in the form of RFC 9457.
 *
 * @param type what kind of problem, the same for every occurrence
 * @param title the same for people
 * @param status HTTP status code
 * @param detail this occurrence
 * @param errors the fields that are wrong
 * @param id the task that it is about, if its id is of use
 * @param line the line of a batch that it is about, from 1; the element of an array likewise
 */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({"type", "title", "status", "detail", "line", "id", "errors"})
@Schema(name = "Problem", description = "What went wrong, in the form of RFC 9457.")
public record Problem(
    String type,
    String title,
    int status,
    String detail,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<FieldError> errors,
    @Nullable String id,
    @Nullable Integer line) {

  /** The media type of problems. */
  public static final String MEDIA_TYPE = "application/problem+json";

  private static final String TYPE = "urn:tallo:problem:";
  private static final String RETRY_SECONDS = "2";

  public Problem {
    errors = List.copyOf(errors);
  }

  /** A problem of one of Tallo's own kinds. */
  public static Problem of(String kind, int status, String title, String detail) {
    return new Problem(TYPE + kind, title, status, detail, List.of(), null, null);
  }

  /** A problem that the status code says enough about. */
  public static Problem of(int status, String title, String detail) {
    return new Problem("about:blank", title, status, detail, List.of(), null, null);
  }

  /** A problem with fields, whose detail is the first of them. */
  public static Problem of(String kind, int status, String title, List<FieldError> errors) {
    FieldError first = errors.getFirst();
    String more = errors.size() == 1 ? "" : " (and %d more)".formatted(errors.size() - 1);
    return new Problem(
        TYPE + kind,
        title,
        status,
        "'" + first.field() + "' " + first.message() + more,
        errors,
        null,
        null);
  }

  /** The same, with the fields that are wrong. */
  public Problem withErrors(List<FieldError> wrong) {
    return new Problem(type, title, status, detail, wrong, id, line);
  }

  /** The same, with the task that it is about. */
  public Problem withId(String task) {
    return new Problem(type, title, status, detail, errors, task, line);
  }

  /** The same, with the line of a batch that it is about. */
  public Problem withLine(int number) {
    return new Problem(type, title, status, detail, errors, id, number);
  }

  /** The answer; one that is not possible now says when to try again. */
  public Response response() {
    Response.ResponseBuilder response = Response.status(status).type(MEDIA_TYPE).entity(this);
    if (status == 503 || status == 429) {
      response.header(HttpHeaders.RETRY_AFTER, RETRY_SECONDS);
    }
    return response.build();
  }

  /** To be thrown. */
  public ProblemException exception() {
    return new ProblemException(this);
  }
}
