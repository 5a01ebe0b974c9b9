package dev.tallo.messaging.broker;

import java.time.Duration;
import java.util.Map;

/**
 * What a consumer takes, and how much at once.
 *
 * @param queue its name
 * @param declaration declared before each subscription, so that a deleted queue comes back
 * @param prefetch most unsettled deliveries, 1 to 65,535; default 100. A consumer begins with 1,
 *     also after a lost connection, and widens as deliveries are settled: a message that kills
 *     connections then spends its own delivery limit, not that of its neighbours
 * @param priority among consumers of one queue, default 0; higher ones are served first
 * @param standsFor the queue that its deliveries are told to be of; default: the queue itself
 * @param heads whether a message whose body is too large to be read is handed out with the head of
 *     it ({@link Delivery#wholeSize}); default: it is refused where the declaration gives the queue
 *     dead letters, and left unsettled, and so in its queue, where it does not
 * @param renewAfter from when on a channel that has nothing to do is changed for another; default
 *     30 s
 */
public record ConsumerOptions(
    String queue,
    Declaration declaration,
    int prefetch,
    int priority,
    String standsFor,
    boolean heads,
    Duration renewAfter) {
  private static final Duration RENEW_AFTER = Duration.ofSeconds(30);

  public ConsumerOptions {
    if (queue.isEmpty()) {
      throw new IllegalArgumentException("queue: a name is needed");
    }
    if (prefetch < 1 || prefetch > 65_535) {
      throw new IllegalArgumentException("prefetch: 1 to 65535, not " + prefetch);
    }
    if (!renewAfter.isPositive()) {
      throw new IllegalArgumentException("renewAfter: more than 0, not " + renewAfter);
    }
  }

  /** A consumer of this queue, which has to exist. */
  public static ConsumerOptions of(String queue) {
    return new ConsumerOptions(queue, Declaration.NOTHING, 100, 0, queue, false, RENEW_AFTER);
  }

  public ConsumerOptions declaring(Declaration value) {
    return new ConsumerOptions(queue, value, prefetch, priority, standsFor, heads, renewAfter);
  }

  public ConsumerOptions prefetch(int value) {
    return new ConsumerOptions(queue, declaration, value, priority, standsFor, heads, renewAfter);
  }

  public ConsumerOptions priority(int value) {
    return new ConsumerOptions(queue, declaration, prefetch, value, standsFor, heads, renewAfter);
  }

  public ConsumerOptions standingFor(String value) {
    return new ConsumerOptions(queue, declaration, prefetch, priority, value, heads, renewAfter);
  }

  /** Takes also messages that are too large to be read, with the head of their body. */
  public ConsumerOptions withHeads() {
    return new ConsumerOptions(queue, declaration, prefetch, priority, standsFor, true, renewAfter);
  }

  public ConsumerOptions renewAfter(Duration value) {
    return new ConsumerOptions(queue, declaration, prefetch, priority, standsFor, heads, value);
  }

  /** Whether a message that is refused goes to dead letters, rather than away. */
  boolean hasDeadLetters() {
    return declaration.entities().stream()
        .anyMatch(
            entity ->
                entity instanceof Declaration.Queue(String name, Map<String, Object> arguments)
                    && name.equals(queue)
                    && arguments.containsKey("x-dead-letter-exchange"));
  }
}
