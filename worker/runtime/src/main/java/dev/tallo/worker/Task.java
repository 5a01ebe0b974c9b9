package dev.tallo.worker;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a method of a CDI bean a task that any Tallo or Celery client can send.
 *
 * <pre>{@code
 * @Task("reports.generate")
 * Report generate(String customer, @Arg("from_day") LocalDate from, TaskContext context) { … }
 * }</pre>
 *
 * <p>The method may have any name and any visibility but {@code private}; it must not be static,
 * abstract or generic. A class without a scope becomes a singleton. The arguments come by position
 * and by name as in Python and are converted by Jackson to the declared types; {@link TaskContext}
 * may stand anywhere among them. An argument that is missing fails the task, except where the
 * parameter is an {@code Optional} or marked {@code @Nullable}.
 *
 * <p>The method returns a value that Jackson can write, {@code void}, a {@code Uni} or a {@code
 * CompletionStage} of such. An exception fails the task. Each run has a virtual thread of its own,
 * so blocking is fine, and an active request context.
 *
 * <p>A task is run <em>at least</em> once: a worker that dies between the work and its
 * acknowledgement makes it run again under the same {@link TaskContext#id()}.
 *
 * <p>Two tasks of one name, or a parameter that cannot be converted, fail the build.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Task {
  /** The task's name, unique in the application: {@code [A-Za-z0-9_.:-]}, 1 to 200 characters. */
  String value();

  /** What happens when it fails. */
  Retry retry() default @Retry;

  /**
   * When an attempt is told that its time is up: its thread is interrupted (its {@code Uni} or
   * {@code CompletionStage} cancelled), and it may clean up and return, or end with the exception
   * that the interruption made, which counts as {@link SoftTimeLimitExceeded}. A sender's own limit
   * comes first, then {@code tallo.worker.tasks."name".soft-time-limit}. {@code 30s}, {@code
   * PT30S}; shorter than {@link #timeLimit}. Default: as configured, which is never.
   */
  String softTimeLimit() default "";

  /**
   * When an attempt is given up: the task fails with {@link TimeLimitExceeded} and is not retried.
   * Java can stop no thread against its will; one that goes on is counted as abandoned. Default: as
   * configured, which is never.
   */
  String timeLimit() default "";

  /**
   * Attempts that each worker runs at once, 1 or more; what comes meanwhile waits in the broker,
   * and other tasks go on. Default: as many as the worker runs altogether.
   */
  int concurrency() default 0;

  /**
   * Starts that each worker makes in a time, as Celery's {@code rate_limit}: {@code 10/s}, {@code
   * 100/m}, {@code 5/h}; what comes earlier waits in the broker. Default: no limit.
   */
  String rate() default "";
}
