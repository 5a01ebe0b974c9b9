package dev.tallo.scheduler.schedule;

import dev.tallo.problem.FieldError;
import dev.tallo.problem.Problem;
import dev.tallo.problem.ProblemException;
import java.util.List;

/** Why a schedule cannot be shown or changed. */
final class ScheduleProblems {
  private static final int LONGEST_SHOWN = 200;

  private ScheduleProblems() {}

  static ProblemException unknown(String name) {
    return Problem.of(
            "unknown-schedule",
            404,
            "There is no such schedule",
            "There is no schedule '%s'."
                .formatted(
                    name.length() <= LONGEST_SHOWN ? name : name.substring(0, LONGEST_SHOWN) + "…"))
        .exception();
  }

  static ProblemException nameUsed(String name) {
    return Problem.of(
            "name-used",
            409,
            "The name is used",
            List.of(
                new FieldError(
                    "name",
                    "must be new; PUT /api/v1/schedules/" + name + " changes the one that is")))
        .exception();
  }

  static ProblemException configured(String name) {
    return Problem.of(
            "configured",
            409,
            "The schedule is configuration's",
            "tallo.scheduler.jobs.%s defines it: change it there. It can be paused and resumed here."
                .formatted(name))
        .exception();
  }

  static ProblemException disabled(String name) {
    return Problem.of(
            "configured",
            409,
            "The schedule is disabled by configuration",
            "tallo.scheduler.jobs.%s.enabled is false: change it there.".formatted(name))
        .exception();
  }
}
