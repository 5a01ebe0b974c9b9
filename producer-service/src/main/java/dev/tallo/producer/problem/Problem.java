package dev.tallo.producer.problem;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.tallo.producer.submit.FieldError;
import dev.tallo.producer.submit.SubmitException;
import io.quarkus.runtime.annotations.RegisterForReflection;
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

  /** Why a task was not taken. */
  public static Problem of(SubmitException e) {
    return switch (e) {
      case SubmitException.InvalidTask invalid ->
          of("invalid-task", 400, "The task is not valid", summary(invalid.errors()))
              .withErrors(invalid.errors());
      case SubmitException.TooLarge tooLarge ->
          of("too-large", 413, "The task is too large", sentence(e))
              .withErrors(List.of(new FieldError("body", message(e))));
      case SubmitException.IdUsed used ->
          of("id-used", 409, "The id is used", sentence(e))
              .withErrors(
                  List.of(new FieldError("id", "must be new; leave it out to have one made")))
              .withId(used.id());
      case SubmitException.KeyReused reused ->
          of("idempotency-key-reused", 422, "The idempotency key is used", sentence(e))
              .withErrors(
                  List.of(
                      new FieldError(
                          "Idempotency-Key", "must be new for a task that differs in anything")))
              .withId(reused.id());
      case SubmitException.KeyInUse ignored ->
          of(
              "idempotency-key-in-use",
              409,
              "The idempotency key is in use",
              sentence(e) + " Try again; the answer will be that of the other request.");
      case SubmitException.UnknownQueue unknown ->
          of(
                  "unknown-queue",
                  422,
                  "The queue is not there",
                  sentence(e) + " A worker that takes from it makes it.")
              .withErrors(
                  List.of(
                      new FieldError(
                          "queue",
                          "must be a queue that exists; leave it out to have the task routed")));
      case SubmitException.Unavailable away when away.unknownId().isPresent() ->
          of(
                  "outcome-unknown",
                  503,
                  "It is not known whether the task was taken",
                  sentence(e) + " Ask for the task under its id before you submit it again.")
              .withId(away.unknownId().get());
      case SubmitException.Unavailable away ->
          of(
              "unavailable",
              503,
              "Tasks are not taken now",
              sentence(e) + " Nothing was submitted: try again.");
    };
  }

  public Problem withErrors(List<FieldError> errors) {
    return new Problem(type, title, status, detail, errors, id, line);
  }

  public Problem withId(String id) {
    return new Problem(type, title, status, detail, errors, id, line);
  }

  public Problem withLine(int line) {
    return new Problem(type, title, status, detail, errors, id, line);
  }

  private static String summary(List<FieldError> errors) {
    FieldError first = errors.getFirst();
    String more = errors.size() == 1 ? "" : " (and %d more)".formatted(errors.size() - 1);
    return "'" + first.field() + "' " + first.message() + more;
  }

  private static String message(SubmitException e) {
    return String.valueOf(e.getMessage());
  }

  private static String sentence(SubmitException e) {
    String text = message(e);
    return Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
  }
}
