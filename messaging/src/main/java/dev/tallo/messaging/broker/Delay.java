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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Delays inside the broker. A delay is a whole number of seconds, written as 28 binary digits, and
 * a message waits once for each part of it that is not 0: the bits from 2^27 to 2^8 are a part
 * each, the lower eight are two of four bits. Each part is a level: a topic exchange, named for its
 * unit, and a queue for each value, named for the seconds that it holds a message before it hands
 * it to the next level. So {@code tallo.delay.16s} is where 16 to 240 seconds are waited for in
 * sixteens, and {@code tallo.delay.48s} the queue of those who wait three times that.
 *
 * <p>The routing key is the 28 digits, most significant first, and the queue that the message comes
 * due in; each level looks at its own digits. A message enters at the first level that it has to
 * wait at. After the last it reaches {@link #DUE}, where each work queue is bound under its own
 * name.
 *
 * <p>Many parts of one bit would do with fewer queues, as Celery's native delayed delivery does,
 * and cost twice the hops for a delay of minutes. What is worse, a queue hands on what it holds as
 * fast as that came in: tasks of many delays that were sent at once would all leave one queue at
 * once. With sixteen values they leave fifteen queues at as many times. Names are our own: Celery
 * binds by suffix and would take our messages too.
 *
 * <p>Behind {@link #DUE} stands {@link #UNDELIVERABLE}, since 32 due messages that no queue takes
 * would stop all delays.
 */
public final class Delay {
  /** Exchange of the messages that came due. */
  public static final String DUE = "tallo.delay.due";

  /** What came due for a queue that is not there: fanout exchange and queue. */
  public static final String UNDELIVERABLE = "tallo.delay.undeliverable";

  /** Longest delay: 2^28 - 1 seconds, some eight and a half years. */
  public static final Duration MAX = Duration.ofSeconds((1L << 28) - 1);

  /** The names of the levels' exchanges and queues begin with this. */
  public static final String LEVEL = "tallo.delay.";

  private static final int DIGITS = 28;

  /**
   * Waits for some of the digits.
   *
   * @param low the least of them, as a power of 2
   * @param width how many there are
   */
  private record Level(int low, int width) {
    String exchange() {
      return queue(1);
    }

    /** Where as many units of this level are waited for. */
    String queue(int units) {
      return LEVEL + seconds(units) + "s";
    }

    long seconds(int units) {
      return (long) units << low;
    }

    /** Matches what waits at this level for so many units, whatever the other digits are. */
    String binding(int units) {
      return "*.".repeat(DIGITS - low - width) + digits(units, width) + "#";
    }
  }

  /** In the order in which they are passed. */
  private static final List<Level> LEVELS =
      Stream.concat(
              IntStream.rangeClosed(8, DIGITS - 1)
                  .mapToObj(bit -> new Level(bit, 1))
                  .sorted(Comparator.comparing(Level::low).reversed()),
              Stream.of(new Level(4, 4), new Level(0, 4)))
          .toList();

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
    Level first =
        LEVELS.stream().filter(level -> seconds >= level.seconds(1)).findFirst().orElseThrow();
    return new Publication(first.exchange(), digits(seconds, DIGITS) + queue, message);
  }

  /** The lowest digits of a number, a dot behind each. */
  private static String digits(long number, int count) {
    StringBuilder digits = new StringBuilder(2 * count);
    for (int bit = count - 1; bit >= 0; bit--) {
      digits.append((number >> bit) & 1).append('.');
    }
    return digits.toString();
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
    return "*.".repeat(DIGITS) + queue;
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
    String next = DUE;
    for (Level level : LEVELS.reversed()) {
      String exchange = level.exchange();
      entities.add(new Exchange(exchange, "topic", Map.of()));
      entities.add(new ExchangeBinding(exchange, level.binding(0), next));
      for (int units = 1; units < 1 << level.width(); units++) {
        String queue = level.queue(units);
        entities.add(
            new Queue(
                queue,
                Map.of(
                    "x-queue-type",
                    "quorum",
                    "x-overflow",
                    "reject-publish",
                    "x-message-ttl",
                    level.seconds(units) * 1000,
                    "x-dead-letter-exchange",
                    next,
                    "x-dead-letter-strategy",
                    "at-least-once")));
        entities.add(new QueueBinding(exchange, level.binding(units), queue));
      }
      next = exchange;
    }
    return entities;
  }
}
