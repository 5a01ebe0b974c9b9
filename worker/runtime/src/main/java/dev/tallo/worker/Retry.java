package dev.tallo.worker;

import java.lang.annotation.Documented;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * How a task is retried; what is left out goes by {@code tallo.worker.retry.*}. A sender's own
 * wishes come first, then {@code tallo.worker.tasks."name".retry.*}, then this.
 *
 * <pre>{@code
 * @Task(value = "mail.send", retry = @Retry(max = 5, backOff = "10s", giveUpOn = BadAddress.class))
 * }</pre>
 *
 * <p>Before the n-th retry the worker lets a random time pass, up to {@link #backOff} times
 * 2<sup>n-1</sup>, and up to {@link #maxBackOff} ("full jitter": many that failed together do not
 * come back together). The broker keeps the task meanwhile.
 *
 * <p>Never retried: wrong arguments, a result that is too large or no JSON, an attempt that was
 * stopped at its time limit.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({})
public @interface Retry {
  /** How many attempts may follow the first, 0 to 10,000. Default: as configured, which is 3. */
  int max() default -1;

  /**
   * The longest pause before the first retry: {@code 1s}, {@code PT1S}; more than 0, at most 30
   * days. Default: as configured, which is 1 s.
   */
  String backOff() default "";

  /** The longest pause before any retry, likewise. Default: as configured, which is 10 minutes. */
  String maxBackOff() default "";

  /**
   * The exceptions that are retried, those that extend them included. Default: {@code Exception}.
   */
  Class<? extends Throwable>[] on() default {};

  /** The exceptions that are not, although {@link #on} has them. Default: none. */
  Class<? extends Throwable>[] giveUpOn() default {};
}
