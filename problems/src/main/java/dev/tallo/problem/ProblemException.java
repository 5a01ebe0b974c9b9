package dev.tallo.problem;

/** Ends a request with a problem. */
public final class ProblemException extends RuntimeException {
  private final transient Problem problem;

  ProblemException(Problem problem) {
    super(problem.detail(), null, false, false);
    this.problem = problem;
  }

  /** What is answered. */
  public Problem problem() {
    return problem;
  }
}
