package dev.tallo.routing.binding;

import dev.tallo.messaging.broker.Exclusive.TaskBinding;
import java.time.Instant;

/**
 * A task name that the broker sends to a queue by itself.
 *
 * @param task the name, key of the binding
 * @param queue where it is bound
 * @param rule id of the rule that decided
 * @param ruleVersion of the rules at that time
 * @param learnedAt since when it is bound there
 * @param lastPassed when a message of the name last came by the routing service
 */
public record LearnedBinding(
    String task,
    String queue,
    String rule,
    long ruleVersion,
    Instant learnedAt,
    Instant lastPassed) {

  TaskBinding atBroker() {
    return new TaskBinding(task, queue);
  }
}
