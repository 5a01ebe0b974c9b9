package dev.tallo.producer.problem;

import dev.tallo.problem.FieldError;
import dev.tallo.problem.Problem;
import dev.tallo.producer.submit.SubmitException;
import java.util.List;

/** What is told of tasks that are not taken. */
public final class SubmitProblems {
  private SubmitProblems() {}

  /** Why a task was not taken. */
  public static Problem of(SubmitException e) {
    return switch (e) {
      case SubmitException.InvalidTask invalid ->
          Problem.of("invalid-task", 400, "The task is not valid", invalid.errors());
      case SubmitException.TooLarge tooLarge ->
          Problem.of("too-large", 413, "The task is too large", sentence(e))
              .withErrors(List.of(new FieldError("body", message(e))));
      case SubmitException.IdUsed used ->
          Problem.of("id-used", 409, "The id is used", sentence(e))
              .withErrors(
                  List.of(new FieldError("id", "must be new; leave it out to have one made")))
              .withId(used.id());
      case SubmitException.IdInUse ignored ->
          Problem.of(
              "unavailable",
              503,
              "Another request for the task is under way",
              sentence(e) + " Try again; until then it is not known whether it will be taken.");
      case SubmitException.KeyReused reused ->
          Problem.of("idempotency-key-reused", 422, "The idempotency key is used", sentence(e))
              .withErrors(
                  List.of(
                      new FieldError(
                          "Idempotency-Key", "must be new for a task that differs in anything")))
              .withId(reused.id());
      case SubmitException.KeyInUse ignored ->
          Problem.of(
              "idempotency-key-in-use",
              409,
              "The idempotency key is in use",
              sentence(e) + " Try again; the answer will be that of the other request.");
      case SubmitException.UnknownQueue unknown ->
          Problem.of(
                  "unknown-queue",
                  422,
                  "The queue is not there",
                  sentence(e) + " A worker that takes from it makes it.")
              .withErrors(
                  List.of(
                      new FieldError(
                          "queue",
                          "must be a queue that exists; leave it out to have the task routed")));
      case SubmitException.NotKnown unknown ->
          Problem.of(
                  "task-not-known",
                  422,
                  "The task is not known well enough",
                  sentence(e) + " Another client sent it: have that send it again.")
              .withId(unknown.id());
      case SubmitException.QueueFull ignored ->
          Problem.of(
              "queue-full",
              429,
              "The queue is full",
              sentence(e) + " Nothing was submitted: try again when workers have caught up.");
      case SubmitException.Unavailable away when away.unknownId().isPresent() ->
          Problem.of(
                  "outcome-unknown",
                  503,
                  "It is not known whether the task was taken",
                  sentence(e) + " Submit it again under this id, or ask for it.")
              .withId(away.unknownId().get());
      case SubmitException.Unavailable away ->
          Problem.of(
              "unavailable",
              503,
              "Tasks are not taken now",
              sentence(e) + " Nothing was submitted: try again.");
    };
  }

  private static String message(SubmitException e) {
    return String.valueOf(e.getMessage());
  }

  private static String sentence(SubmitException e) {
    String text = message(e);
    return Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
  }
}
