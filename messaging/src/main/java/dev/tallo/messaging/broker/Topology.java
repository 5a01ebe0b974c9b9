package dev.tallo.messaging.broker;

import static dev.tallo.messaging.broker.Delay.anyDelayTo;

import dev.tallo.messaging.broker.Declaration.Entity;
import dev.tallo.messaging.broker.Declaration.Exchange;
import dev.tallo.messaging.broker.Declaration.Queue;
import dev.tallo.messaging.broker.Declaration.QueueBinding;
import java.time.Duration;
import java.util.ArrayList;
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

  /** Direct exchange of the dead letters; the key is the queue that they come from. */
  public static final String DEAD = "tallo.dead";

  /** Celery's exchange for events. */
  public static final String CELERY_EVENTS = "celeryev";

  /** The queue and exchange names that Tallo keeps for itself begin with this. */
  public static final String RESERVED_PREFIX = "tallo.";

  /**
   * How often a message may be handed out and come back before it is a dead letter. Large, since
   * work that is given back at a shutdown counts as well.
   */
  public static final int DELIVERY_LIMIT = 20;

  /** How long a queue for replies is kept while nobody takes from it. */
  public static final Duration REPLY_QUEUE_EXPIRES = Duration.ofMinutes(10);

  private Topology() {}

  /** Name of the queue that holds the dead letters of a queue. */
  public static String deadLettersOf(String queue) {
    return DEAD + "." + queue;
  }

  /** Everything that is not a work queue. */
  public static Declaration base() {
    List<Entity> entities = new ArrayList<>();
    entities.add(new Exchange(DEAD, "direct", Map.of()));
    entities.add(new Exchange(UNROUTED, "fanout", Map.of()));
    entities.add(new Exchange(TASKS, "topic", Map.of("alternate-exchange", UNROUTED)));
    entities.add(new Exchange(WORK, "direct", Map.of()));
    entities.add(new Exchange(CELERY_EVENTS, "topic", Map.of()));
    entities.addAll(Delay.entities());
    entities.addAll(queueWithDeadLetters(UNROUTED));
    entities.add(new QueueBinding(UNROUTED, "", UNROUTED));
    entities.add(new QueueBinding(Delay.DUE, anyDelayTo(UNROUTED), UNROUTED));
    entities.addAll(queueWithDeadLetters(RESULTS));
    entities.add(new Queue(UNROUTABLE, Map.of("x-queue-type", "quorum")));
    return new Declaration(entities);
  }

  /** A work queue with its dead letters, reachable directly and after a delay. */
  public static Declaration workQueue(String queue) {
    List<Entity> entities = new ArrayList<>();
    entities.add(new Exchange(DEAD, "direct", Map.of()));
    entities.add(new Exchange(WORK, "direct", Map.of()));
    entities.addAll(Delay.dueExchange());
    entities.addAll(queueWithDeadLetters(queue));
    entities.add(new QueueBinding(WORK, queue, queue));
    entities.add(new QueueBinding(Delay.DUE, anyDelayTo(queue), queue));
    return new Declaration(entities);
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

  private static List<Entity> queueWithDeadLetters(String queue) {
    return List.of(
        new Queue(deadLettersOf(queue), Map.of("x-queue-type", "quorum")),
        new QueueBinding(DEAD, queue, deadLettersOf(queue)),
        new Queue(
            queue,
            Map.of(
                "x-queue-type",
                "quorum",
                "x-delivery-limit",
                DELIVERY_LIMIT,
                "x-dead-letter-exchange",
                DEAD,
                "x-dead-letter-routing-key",
                queue,
                "x-dead-letter-strategy",
                "at-least-once",
                "x-overflow",
                "reject-publish")));
  }
}
