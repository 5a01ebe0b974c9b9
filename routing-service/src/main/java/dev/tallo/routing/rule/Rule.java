package dev.tallo.routing.rule;

import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.Names;
import java.util.OptionalInt;

/**
 * One rule: tasks whose name matches go to a queue.
 *
 * @param match which task names it takes
 * @param queue where they go
 * @param priority what their priority is set to, 0 to 255; without it they keep the sender's
 */
public record Rule(Glob match, String queue, OptionalInt priority) {
  public Rule {
    requireQueue(queue);
    requirePriority(priority);
  }

  /** A rule that leaves the priority alone. */
  public static Rule of(String match, String queue) {
    return new Rule(Glob.of(match), queue, OptionalInt.empty());
  }

  /**
   * Whether a binding of the broker can stand for this rule: the decision depends on the name
   * alone, and the message needs no change.
   */
  public boolean learnable() {
    return priority.isEmpty();
  }

  /**
   * Checks that tasks may be sent to a queue of this name.
   *
   * @throws IllegalArgumentException when not, saying what would be right
   */
  static void requireQueue(String queue) {
    if (!Names.isQueueName(queue)) {
      throw new IllegalArgumentException(
          "a queue name is 1 to "
              + Names.MAX_QUEUE_NAME
              + " of A-Z a-z 0-9 _ . : -, not '"
              + queue
              + "'");
    }
    if (queue.startsWith(Topology.RESERVED_PREFIX)) {
      throw new IllegalArgumentException(
          "queue names that begin with '"
              + Topology.RESERVED_PREFIX
              + "' are Tallo's own: '"
              + queue
              + "'");
    }
  }

  static OptionalInt requirePriority(OptionalInt priority) {
    if (priority.isPresent() && (priority.getAsInt() < 0 || priority.getAsInt() > 255)) {
      throw new IllegalArgumentException("a priority is 0 to 255, not " + priority.getAsInt());
    }
    return priority;
  }
}
