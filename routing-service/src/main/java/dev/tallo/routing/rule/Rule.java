package dev.tallo.routing.rule;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One rule: which tasks it takes, and what becomes of them. Read and checked by {@link RuleReader}.
 *
 * @param id its name, unique among the rules
 * @param match which tasks it takes
 * @param action what becomes of them
 * @param priority what their priority is set to, 0 to 255; without it they keep the sender's
 * @param limit how many go on in a time; without it all
 * @param mirror a queue that gets a copy of each
 */
public record Rule(
    String id,
    Match match,
    Action action,
    OptionalInt priority,
    Optional<RateLimit> limit,
    Optional<String> mirror) {

  /** Longest id, in characters. */
  public static final int MAX_ID = 100;

  /** A rule that sends the tasks whose name matches a glob to a queue. */
  public static Rule of(String id, String glob, String queue) {
    return new Rule(
        id,
        Match.glob(glob),
        new Action.ToQueue(queue),
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /**
   * The queue, if a binding of the broker can stand for this rule: the decision depends on the name
   * alone, and the message needs no change.
   */
  public Optional<String> learnableQueue() {
    return action instanceof Action.ToQueue(String queue)
            && match.needsOnlyTheName()
            && priority.isEmpty()
            && limit.isEmpty()
            && mirror.isEmpty()
        ? Optional.of(queue)
        : Optional.empty();
  }

  /** The queues that it names, each once. */
  public List<String> queues() {
    List<String> queues = new ArrayList<>();
    switch (action) {
      case Action.ToQueue(String queue) -> queues.add(queue);
      case Action.Split split -> split.shares().forEach(share -> queues.add(share.queue()));
      case Action.Reject ignored -> {}
    }
    mirror.filter(queue -> !queues.contains(queue)).ifPresent(queues::add);
    return queues;
  }
}
