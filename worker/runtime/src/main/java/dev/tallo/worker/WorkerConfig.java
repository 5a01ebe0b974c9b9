package dev.tallo.worker;

import io.quarkus.runtime.annotations.ConfigPhase;
import io.quarkus.runtime.annotations.ConfigRoot;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

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
   * The largest result, as JSON: 1 KiB to 16 MiB. A task that returns more fails with {@code
   * ResultTooLarge}: large data belong in a store, their address in the result.
   */
  @WithDefault("1M")
  MemorySize maxResult();

  /**
   * How long running tasks may go on at a shutdown: 0 to 1 day. What is not done by then is given
   * back to the broker. A Kubernetes pod's {@code terminationGracePeriodSeconds} has to exceed it
   * by some seconds.
   */
  @WithDefault("PT25S")
  Duration drain();

  /**
   * The first part of this worker's name, of which {@code @host} is the second: events and results
   * carry it. Unique on its host; by default the application's name and the process id.
   */
  Optional<String> name();

  /** Tasks that this application does not have, as happens while it is upgraded. */
  UnknownTask unknownTask();

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
