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
  /** The rules, in order; the first that matches decides. None by default. */
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
   * Most task names that are bound in the broker, 0 to 1,000,000; those whose messages have not
   * come by for longest make room. 0: every message passes this service.
   */
  @WithDefault("10000")
  int maxLearned();

  /** Most messages that are being dispatched at once, for each queue taken from; 1 to 65,535. */
  @WithDefault("500")
  int prefetch();

  /** How long a shutdown waits for messages that are being dispatched; 0: not at all. */
  @WithDefault("PT10S")
  Duration shutdownGrace();

  /** One rule. */
  interface RuleConfiguration {
    /**
     * Task names that the rule takes: {@code *} is any text, {@code ?} a character, {@code [a-z]}
     * one of a set. 1 to 500 characters.
     */
    String match();

    /**
     * The queue they go to: 1 to 190 of A-Z a-z 0-9 _ . : -, not beginning with "tallo.", and none
     * of the inboxes.
     */
    String queue();

    /**
     * Their priority, 0 to 255, instead of the sender's. The broker cannot be taught that: each
     * message of such a rule passes this service.
     */
    OptionalInt priority();
  }
}
