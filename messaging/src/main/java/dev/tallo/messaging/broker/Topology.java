package dev.tallo.messaging.broker;

import static dev.tallo.messaging.broker.Delay.anyDelayTo;

import dev.tallo.messaging.broker.Declaration.Entity;
import dev.tallo.messaging.broker.Declaration.Exchange;
import dev.tallo.messaging.broker.Declaration.Queue;
import dev.tallo.messaging.broker.Declaration.QueueBinding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The exchanges and queues of Tallo: their names, arguments and bindings. */
public final class Topology {
  /** Topic exchange of all tasks that are routed automatically; the key is the task's name. */
  public static final String TASKS = "tallo.tasks";

  /**
   * What no binding of {@link #TASKS} takes: a fanout exchange (its alternate exchange), and the
   * queue of the routing service behind it.
   */
  public static final String UNROUTED = "tallo.unrouted";

  /** Direct exchange of the work queues; the key is the queue's name. */
  public static final String WORK = "tallo.work";

  /** Queue of the outcomes of tasks. */
  public static final String RESULTS = "tallo.results";

  /** Queue of the tasks that no rule takes, or whose queue is not there. */
  public static final String UNROUTABLE = "tallo.unroutable";

  /**
   * The dead letters: a fanout exchange and the queue behind it. The routing key is the queue that
   * they come from.
   */
  public static final String DEAD = "tallo.dead";

  /** Queue of the dead letters whose body is too large to be read. */
  public static final String DEAD_OVERSIZE = "tallo.dead.oversize";

  /** Stream of the commands to all workers. */
  public static final String CONTROL = "tallo.control";

  /** How long commands are kept; those that still hold are written again before that. */
  public static final Duration CONTROL_RETENTION = Duration.ofDays(7);

  /** Celery's exchange for events. */
  public static final String CELERY_EVENTS = "celeryev";

  /** The queue and exchange names that Tallo keeps for itself begin with this. */
  public static final String RESERVED_PREFIX = "tallo.";

  /** What is parked for people must not be dropped because it was looked at: no limit. */
  private static final int NO_DELIVERY_LIMIT = Integer.MAX_VALUE;

  /** How long a queue for replies is kept while nobody takes from it. */
  public static final Duration REPLY_QUEUE_EXPIRES = Duration.ofMinutes(10);

  private Topology() {}

  /** Everything that is not a work queue. */
  public static Declaration base() {
    List<Entity> entities = new ArrayList<>();
    entities.addAll(deadLetters());
    entities.add(new Exchange(UNROUTED, "fanout", Map.of()));
    entities.add(new Exchange(TASKS, "topic", Map.of("alternate-exchange", UNROUTED)));
    entities.add(new Exchange(WORK, "direct", Map.of()));
    entities.add(new Exchange(CELERY_EVENTS, "topic", Map.of()));
    entities.addAll(Delay.entities());
    entities.add(queue(UNROUTED, UNROUTED, QueueSettings.DEFAULT));
    entities.add(new QueueBinding(UNROUTED, "", UNROUTED));
    entities.add(new QueueBinding(Delay.DUE, anyDelayTo(UNROUTED), UNROUTED));
    entities.add(queue(RESULTS, RESULTS, QueueSettings.DEFAULT));
    entities.add(parked(UNROUTABLE));
    entities.addAll(control().entities());
    return new Declaration(entities);
  }

  /** The stream of commands: kept by age, and in any case no more than 100 MB of it. */
  public static Declaration control() {
    return new Declaration(
        List.of(
            new Queue(
                CONTROL,
                Map.of(
                    "x-queue-type",
                    "stream",
                    "x-max-age",
                    CONTROL_RETENTION.toDays() + "D",
                    "x-max-length-bytes",
                    100_000_000L,
                    "x-stream-max-segment-size-bytes",
                    1_000_000L))));
  }

  /** A work queue with its dead letters, reachable directly and after a delay. */
  public static Declaration workQueue(String queue) {
    return workQueue(queue, QueueSettings.DEFAULT);
  }

  /** As {@link #workQueue(String)}, with settings of its own. */
  public static Declaration workQueue(String queue, QueueSettings settings) {
    List<Entity> entities = new ArrayList<>(deadLetters());
    entities.add(new Exchange(WORK, "direct", Map.of()));
    entities.addAll(Delay.dueExchange());
    entities.add(queue(queue, queue, settings));
    entities.add(new QueueBinding(WORK, queue, queue));
    String due = queue;
    if (settings.bounded()) {
      due = dueQueue(queue);
      entities.add(queue(due, queue, settings.unbounded()));
    }
    entities.add(new QueueBinding(Delay.DUE, anyDelayTo(queue), due));
    return new Declaration(entities);
  }

  /** Name of the queue beside a bounded one that takes what comes due for it. */
  public static String dueQueue(String queue) {
    return "tallo.due." + queue;
  }

  /** A queue as Celery's clients declare theirs: classic, durable, without arguments. */
  public static Declaration celeryQueue(String queue) {
    return new Declaration(List.of(new Queue(queue, Map.of())));
  }

  /**
   * A queue of a client's own for the results that it waits for. It outlives the client's
   * connection by {@link #REPLY_QUEUE_EXPIRES}, so that results wait while it connects again.
   */
  public static Declaration replyQueue(String queue) {
    return new Declaration(
        List.of(new Queue(queue, Map.of("x-expires", (int) REPLY_QUEUE_EXPIRES.toMillis()))));
  }

  private static List<Entity> deadLetters() {
    return List.of(
        oversize(),
        new Exchange(DEAD, "fanout", Map.of()),
        parked(DEAD),
        new QueueBinding(DEAD, "", DEAD));
  }

  /** The queue of what is too large to be taken from the others. */
  public static Declaration oversizeQueue() {
    return new Declaration(List.of(oversize()));
  }

  private static Queue oversize() {
    return new Queue(
        DEAD_OVERSIZE, Map.of("x-queue-type", "quorum", "x-delivery-limit", NO_DELIVERY_LIMIT));
  }

  /** A queue of messages that wait for people; what is refused there is too large. */
  static Queue parked(String queue) {
    return new Queue(
        queue,
        Map.of(
            "x-queue-type",
            "quorum",
            "x-delivery-limit",
            NO_DELIVERY_LIMIT,
            "x-overflow",
            "reject-publish",
            "x-dead-letter-exchange",
            "",
            "x-dead-letter-routing-key",
            DEAD_OVERSIZE,
            "x-dead-letter-strategy",
            "at-least-once"));
  }

  private static Queue queue(String name, String standsFor, QueueSettings settings) {
    Map<String, Object> arguments = new HashMap<>(settings.arguments());
    arguments.put("x-dead-letter-exchange", DEAD);
    arguments.put("x-dead-letter-routing-key", standsFor);
    return new Queue(name, Map.copyOf(arguments));
  }
}
