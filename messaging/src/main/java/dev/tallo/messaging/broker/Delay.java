package dev.tallo.messaging.broker;

import dev.tallo.messaging.broker.Declaration.Entity;
import dev.tallo.messaging.broker.Declaration.Exchange;
import dev.tallo.messaging.broker.Declaration.ExchangeBinding;
import dev.tallo.messaging.broker.Declaration.Queue;
import dev.tallo.messaging.broker.Declaration.QueueBinding;
import dev.tallo.messaging.protocol.AmqpMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Delays inside the broker: 28 levels, one per bit of the delay in seconds. Level n is a topic
 * exchange and a queue that holds a message for 2^n seconds and hands it to level n - 1. The
 * routing key is the delay as 28 binary digits, most significant first, and the queue it comes due
 * in; at each level a 1 means "wait here", a 0 "go on". A message enters at its first 1. After
 * level 0 it reaches {@link #DUE}, where each work queue is bound under its own name.
 *
 * <p>The structure is that of Celery's native delayed delivery, under names of our own: Celery
 * binds by suffix and would take our messages too. Behind {@link #DUE} stands {@link
 * #UNDELIVERABLE}, since 32 due messages that no queue takes would stop all delays.
 */
public final class Delay {
  /** Exchange of the messages that came due. */
  public static final String DUE = "tallo.delay.due";

  /** What came due for a queue that is not there: fanout exchange and queue. */
  public static final String UNDELIVERABLE = "tallo.delay.undeliverable";

  /** Longest delay: 2^28 - 1 seconds, some eight and a half years. */
  public static final Duration MAX = Duration.ofSeconds((1L << 28) - 1);

  /** The exchanges that a delayed message comes from begin with this. */
  public static final String LEVEL = "tallo.delay.";

  private static final int LEVELS = 28;

  /** What a worker waits for. It is short, since a message that is held holds others back. */
  private static final Duration REST = Duration.ofMillis(100);

  private Delay() {}

  /**
   * The publication that brings a message to a queue after a delay.
   *
   * @param delay rounded up to whole seconds, from 1 s to {@link #MAX}
   * @throws IllegalArgumentException when the delay is out of bounds
   */
  public static Publication delayed(Duration delay, String queue, AmqpMessage message) {
    if (!delay.isPositive() || delay.compareTo(MAX) > 0) {
      throw new IllegalArgumentException(
          "a delay is more than 0 and at most " + MAX + ": " + delay);
    }
    long seconds = delay.plusNanos(999_999_999).toSeconds();
    int level = 63 - Long.numberOfLeadingZeros(seconds);
    StringBuilder key = new StringBuilder(2 * LEVELS + queue.length());
    for (int bit = LEVELS - 1; bit >= 0; bit--) {
      key.append((seconds >> bit) & 1).append('.');
    }
    return new Publication(LEVEL + level, key.append(queue).toString(), message);
  }

  /**
   * How long the broker has to hold what is due at a time. It holds for whole seconds: what comes
   * out of it is up to 100 ms early, which the worker waits for, or less than 900 ms late.
   *
   * @return whole seconds; none: at most 100 ms are left
   */
  public static Optional<Duration> until(Instant due, Instant now) {
    Duration wait = Duration.between(now, due).minus(REST);
    return wait.isPositive()
        ? Optional.of(Duration.ofSeconds(wait.plusNanos(999_999_999).toSeconds()))
        : Optional.empty();
  }

  /**
   * The publication of a task that is not to be begun before its ETA.
   *
   * @param queue where it goes; none: the routing decides, when it is due
   * @param eta none, or in the past: at once
   * @throws IllegalArgumentException when the ETA is further away than {@link #MAX}
   */
  public static Publication publication(
      Optional<String> queue,
      String task,
      Optional<Instant> eta,
      Instant now,
      AmqpMessage message) {
    Optional<Duration> wait = eta.flatMap(at -> until(at, now));
    if (wait.isPresent()) {
      return delayed(wait.get(), queue.orElse(Topology.UNROUTED), message);
    }
    return queue
        .map(name -> new Publication(Topology.WORK, name, message))
        .orElseGet(() -> new Publication(Topology.TASKS, task, message));
  }

  /** Binding key for what comes due for this queue, whatever its delay was. */
  static String anyDelayTo(String queue) {
    return "*.".repeat(LEVELS) + queue;
  }

  static List<Entity> dueExchange() {
    return List.of(
        new Exchange(UNDELIVERABLE, "fanout", Map.of()),
        Topology.parked(UNDELIVERABLE),
        new QueueBinding(UNDELIVERABLE, "", UNDELIVERABLE),
        new Exchange(DUE, "topic", Map.of("alternate-exchange", UNDELIVERABLE)));
  }

  static List<Entity> entities() {
    List<Entity> entities = new ArrayList<>(dueExchange());
    for (int level = 0; level < LEVELS; level++) {
      String name = LEVEL + level;
      String next = level == 0 ? DUE : LEVEL + (level - 1);
      String before = "*.".repeat(LEVELS - 1 - level);
      entities.add(new Exchange(name, "topic", Map.of()));
      entities.add(
          new Queue(
              name,
              Map.of(
                  "x-queue-type",
                  "quorum",
                  "x-overflow",
                  "reject-publish",
                  "x-message-ttl",
                  (1L << level) * 1000,
                  "x-dead-letter-exchange",
                  next,
                  "x-dead-letter-strategy",
                  "at-least-once")));
      entities.add(new QueueBinding(name, before + "1.#", name));
      entities.add(new ExchangeBinding(name, before + "0.#", next));
    }
    return entities;
  }
}
