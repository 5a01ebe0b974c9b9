package dev.tallo.routing.configuration;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Properties of the routing service. */
@ConfigMapping(prefix = "tallo.routing")
public interface RoutingConfiguration {
  /**
   * The rules that are kept here, in order; the first that matches decides. None by default. What
   * the API adds stands among them, and it cannot change them.
   */
  List<RuleConfiguration> rules();

  /**
   * Queue of the tasks that no rule takes, {@code default} unless set otherwise. Set to nothing,
   * such tasks are parked in {@code tallo.unroutable}.
   */
  Optional<String> defaultQueue();

  /**
   * Queues that Celery clients publish to, {@code celery} for instance: their tasks are routed by
   * the rules. Names as of a rule's queue. Such a queue should have no other consumers.
   */
  Optional<List<String>> inboxes();

  /**
   * Whether a queue that a rule names is made when it is not there; else tasks for it are parked in
   * {@code tallo.unroutable} until someone makes it.
   *
   * <p>Default: true.
   */
  @WithDefault("true")
  boolean createQueues();

  /**
   * Most task names that are bound in the broker, 0 to 1,000,000; those whose messages have not
   * come by for longest make room. 0: every message passes this service.
   */
  @WithDefault("10000")
  int maxLearned();

  /** Most messages that are being dispatched at once, for each queue taken from; 1 to 65,535. */
  @WithDefault("500")
  int prefetch();

  /**
   * How often the bindings in the broker are put right: what was undone, or bound otherwise, behind
   * the service's back.
   *
   * <p>Default: 1 minute. 100 ms to 1 day.
   */
  @WithDefault("PT1M")
  Duration reconcileInterval();

  /**
   * Where the producer finds this service; of no meaning here, so that one file of properties may
   * serve all.
   */
  Optional<String> url();

  /** How long a shutdown waits for messages that are being dispatched; 0: not at all. */
  @WithDefault("PT10S")
  Duration shutdownGrace();

  /** One rule: either a definition, or a match and a queue. */
  interface RuleConfiguration {
    /**
     * Its id among all rules: 1 to 100 of A-Z a-z 0-9 _ . : -.
     *
     * <p>Default: config-0 for the first, and so on.
     */
    Optional<String> name();

    /**
     * Task names that the rule takes: {@code *} is any text, {@code ?} a character, {@code [a-z]}
     * one of a set. 1 to 500 characters.
     */
    Optional<String> match();

    /**
     * The queue they go to: 1 to 190 of A-Z a-z 0-9 _ . : -, not beginning with "tallo.", and none
     * of the inboxes.
     */
    Optional<String> queue();

    /**
     * Their priority, 0 to 255, instead of the sender's. The broker cannot be taught that: each
     * message of such a rule passes this service.
     */
    OptionalInt priority();

    /** The whole rule as JSON, as the API takes it, for all that the others cannot say. */
    Optional<String> definition();
  }
}
