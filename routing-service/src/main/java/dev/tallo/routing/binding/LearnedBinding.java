package dev.tallo.routing.binding;

import java.time.Instant;

/**
 * A task name that the broker sends to a queue by itself.
 *
 * @param task the name, key of the binding
 * @param queue where it is bound
 * @param pattern of the rule that decided
 * @param ruleVersion of the rules at that time
 * @param lastPassed when a message of the name last came by the routing service
 */
public record LearnedBinding(
    String task, String queue, String pattern, long ruleVersion, Instant lastPassed) {}
