package dev.tallo.messaging.broker;

/**
 * What a consumer takes, and how much at once.
 *
 * @param queue its name
 * @param declaration declared before each subscription, so that a deleted queue comes back
 * @param prefetch most unsettled deliveries, 1 to 65,535; default 100. A consumer begins with 1,
 *     also after a lost connection, and widens as deliveries are settled: a message that kills
 *     connections then spends its own delivery limit, not that of its neighbours
 * @param priority among consumers of one queue, default 0; higher ones are served first
 */
public record ConsumerOptions(String queue, Declaration declaration, int prefetch, int priority) {
  public ConsumerOptions {
    if (queue.isEmpty()) {
      throw new IllegalArgumentException("queue: a name is needed");
    }
    if (prefetch < 1 || prefetch > 65_535) {
      throw new IllegalArgumentException("prefetch: 1 to 65535, not " + prefetch);
    }
  }

  /** A consumer of this queue, which has to exist. */
  public static ConsumerOptions of(String queue) {
    return new ConsumerOptions(queue, Declaration.NOTHING, 100, 0);
  }

  public ConsumerOptions declaring(Declaration value) {
    return new ConsumerOptions(queue, value, prefetch, priority);
  }

  public ConsumerOptions prefetch(int value) {
    return new ConsumerOptions(queue, declaration, value, priority);
  }

  public ConsumerOptions priority(int value) {
    return new ConsumerOptions(queue, declaration, prefetch, value);
  }
}
