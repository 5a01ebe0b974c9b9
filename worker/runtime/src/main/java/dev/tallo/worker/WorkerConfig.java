package dev.tallo.worker;

import io.quarkus.runtime.annotations.ConfigPhase;
import io.quarkus.runtime.annotations.ConfigRoot;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** What a worker takes, how much at once, and when it gives up. */
@ConfigMapping(prefix = "tallo.worker")
@ConfigRoot(phase = ConfigPhase.RUN_TIME)
public interface WorkerConfig {

  /**
   * Whether this application takes tasks at all. False for one that only shares the code, such as a
   * web front end or a test.
   */
  @WithDefault("true")
  boolean enabled();

  /**
   * The queues to take from, separated by commas; they are declared where they are missing. At
   * least one, each of at most 190 of the characters A-Z a-z 0-9 _ . : - and not beginning with
   * "tallo.", which is reserved.
   */
  @WithDefault("default")
  List<String> queues();

  /**
   * How many tasks run at once, all queues together, each on a virtual thread: 1 to 100,000. The
   * default suits tasks that mostly wait (for HTTP, a database with a pool of some dozen
   * connections); take about the number of cores for tasks that compute, and 1 to run them strictly
   * one after the other.
   */
  @WithDefault("64")
  int concurrency();

  /**
   * How many unfinished messages the broker may hand out for each queue: 1 to 65,535. What is
   * beyond the concurrency waits in memory. The default keeps small tasks flowing while outcomes
   * travel to the broker and back (10,000 tasks a second, each some 20 ms on its way, are 200); for
   * tasks of seconds or more take about the concurrency, so that other workers get their share.
   */
  @WithDefault("500")
  int prefetch();

  /**
   * This worker's precedence among the consumers of its queues: -100 to 100. The broker hands a
   * message to a consumer of the highest priority that has room within its prefetch, and to others
   * only when those have none; workers of the same priority share. Raise it on the machines that
   * should be filled first, lower it on those that only help out.
   */
  @WithDefault("0")
  int consumerPriority();

  /**
   * The largest result, as JSON: 1 KiB to 8 MiB. A task that returns more fails with {@code
   * ResultTooLarge}: large data belong in a store, their address in the result.
   */
  @WithDefault("1M")
  MemorySize maxResult();

  /**
   * How long running tasks may go on at a shutdown: 0 to 1 day. What is not done by then is
   * interrupted and given back to the broker. A Kubernetes pod's {@code
   * terminationGracePeriodSeconds} has to exceed it by some seconds.
   */
  @WithDefault("PT25S")
  Duration drain();

  /**
   * The first part of this worker's name, of which {@code @host} is the second: events and results
   * carry it. Unique on its host; by default the application's name and the process id.
   */
  Optional<String> name();

  /** When a task that failed is tried again, where neither it nor its sender says otherwise. */
  Retry retry();

  /**
   * When an attempt is told that its time is up, by an interruption; more than 0, at most 30 days.
   * Default: never.
   */
  Optional<Duration> softTimeLimit();

  /**
   * When an attempt is given up and the task fails with {@code TimeLimitExceeded}; longer than the
   * soft limit, at most 30 days. Default: never.
   */
  Optional<Duration> timeLimit();

  /**
   * How many attempts may go on although they were given up at their time limit, 0 to 100,000. With
   * more of them the worker is not live any more, so that its platform starts it anew: a thread
   * cannot be stopped against its will.
   */
  @WithDefault("16")
  int maxAbandoned();

  /** What differs for single tasks, by their names in quotes: it comes before their annotations. */
  Map<String, TaskSettings> tasks();

  /** Tasks that this application does not have, as happens while it is upgraded. */
  UnknownTask unknownTask();

  /** When a task that failed is tried again. */
  interface Retry {
    /** How many attempts may follow the first: 0 to 10,000. */
    @WithDefault("3")
    int max();

    /**
     * The longest pause before the first retry, doubled with each further one; the pause is a
     * random part of it. More than 0, at most 30 days.
     */
    @WithDefault("PT1S")
    Duration backOff();

    /** The longest pause before any retry: not shorter than the first, at most 30 days. */
    @WithDefault("PT10M")
    Duration maxBackOff();
  }

  /** What differs for one task. */
  interface TaskSettings {
    /** When it is tried again. */
    TaskRetry retry();

    /** When an attempt is told that its time is up. */
    Optional<Duration> softTimeLimit();

    /** When an attempt is given up. */
    Optional<Duration> timeLimit();

    /** Attempts that this worker runs at once, 1 or more. */
    OptionalInt concurrency();

    /** Starts that this worker makes in a time: {@code 10/s}, {@code 100/m}, {@code 5/h}. */
    Optional<String> rate();
  }

  /** When one task is tried again. */
  interface TaskRetry {
    /** How many attempts may follow the first: 0 to 10,000. */
    OptionalInt max();

    /** The longest pause before the first retry. */
    Optional<Duration> backOff();

    /** The longest pause before any retry. */
    Optional<Duration> maxBackOff();

    /**
     * The exceptions that are retried, by their names, simple or qualified; those that extend them
     * are as well. Default: {@code Exception}.
     */
    Optional<List<String>> on();

    /** The exceptions that are not, likewise. */
    Optional<List<String>> giveUpOn();
  }

  /** Tasks that this application does not have, as happens while it is upgraded. */
  interface UnknownTask {
    /**
     * How long such a task goes round before it fails with {@code NotRegistered} and becomes a dead
     * letter: 0 to 7 days.
     */
    @WithDefault("PT10M")
    Duration parkAfter();

    /** The pause between two rounds, in whole seconds: 1 second to 1 hour. */
    @WithDefault("PT10S")
    Duration interval();
  }
}
