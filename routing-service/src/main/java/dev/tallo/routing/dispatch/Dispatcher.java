package dev.tallo.routing.dispatch;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.Delay;
import dev.tallo.messaging.broker.Delivery;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.PublishException;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import dev.tallo.routing.binding.BindingWriter;
import dev.tallo.routing.rule.ActiveRules;
import dev.tallo.routing.rule.Rule;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.jboss.logging.Logger;

/**
 * Takes one message to where it belongs: its work queue by the rules, the delay levels if it is not
 * due, or the parking queue. The message is acknowledged only after the broker has confirmed the
 * copy, so none is lost; it is published again only while the outcome is not known and the delivery
 * is still ours.
 *
 * <p>Never blocks; any number of messages may be under way.
 */
@Singleton
public class Dispatcher {
  private static final Logger LOG = Logger.getLogger(Dispatcher.class);
  private static final Duration RETRY_FIRST = Duration.ofMillis(100);
  private static final Duration RETRY_CAP = Duration.ofSeconds(5);

  /** How long a message goes round through the delay levels when its queue is full. */
  private static final Duration QUEUE_FULL = Duration.ofSeconds(8);

  private final Broker broker;
  private final ActiveRules rules;
  private final BindingWriter bindings;
  private final DispatchMetrics metrics;
  private final Clock clock;

  public Dispatcher(
      Broker broker,
      ActiveRules rules,
      BindingWriter bindings,
      DispatchMetrics metrics,
      Clock clock) {
    this.broker = broker;
    this.rules = rules;
    this.bindings = bindings;
    this.metrics = metrics;
    this.clock = clock;
  }

  /**
   * Dispatches and settles. Completes in any case, also when the message could not be passed on and
   * stays with the broker.
   */
  public Uni<Void> dispatch(Delivery delivery) {
    return persistently(delivery, Uni.createFrom().deferred(() -> passOn(delivery)))
        .onFailure(failure -> delivery.open())
        .recoverWithUni(failure -> parkFailed(delivery, failure))
        .invoke(
            () -> {
              delivery.ack();
              metrics.dispatched(delivery);
            })
        .onFailure()
        .recoverWithUni(failure -> giveUp(delivery, failure));
  }

  /** One attempt, by the rules of this moment. */
  private Uni<Void> passOn(Delivery delivery) {
    TaskHeaders task;
    try {
      task = TaskCodec.decodeHeaders(delivery.message());
    } catch (UndecodableMessageException e) {
      return park(delivery, Parked.UNDECODABLE, e.getMessage(), Optional.empty());
    }
    Optional<Duration> wait = untilDue(task);
    if (wait.isPresent()) {
      return delay(delivery, task, wait.get());
    }
    Optional<Rule> rule = rules.get().decide(task.task());
    if (rule.isEmpty()) {
      String detail = "no rule takes task '" + task.task() + "', and there is no default queue";
      return park(delivery, Parked.NO_RULE, detail, Optional.of(task));
    }
    return route(delivery, task, rule.get());
  }

  private Uni<Void> route(Delivery delivery, TaskHeaders task, Rule rule) {
    AmqpMessage copy = Forwarded.copy(delivery.message(), task, rule.priority());
    Publication publication = new Publication(Topology.WORK, rule.queue(), copy);
    return broker
        .publisher()
        .publish(publication)
        .onFailure(PublishException.Unroutable.class)
        .recoverWithUni(() -> makeQueueAndPublish(publication))
        .invoke(
            () -> {
              metrics.decided(rule);
              learn(delivery, task, rule);
            })
        .onFailure(PublishException.Unroutable.class)
        .recoverWithUni(
            returned -> park(delivery, Parked.NO_QUEUE, returned.getMessage(), Optional.of(task)))
        .onFailure(PublishException.Rejected.class)
        .recoverWithUni(() -> delay(delivery, task, QUEUE_FULL));
  }

  /**
   * The queue of a rule was deleted: it is made again. If that fails, the message comes back too.
   */
  private Uni<Void> makeQueueAndPublish(Publication publication) {
    String queue = publication.routingKey();
    return broker
        .declare(Topology.workQueue(queue))
        .onFailure()
        .invoke(e -> LOG.warnf("queue '%s' is missing and was not made: %s", queue, e.getMessage()))
        .onFailure()
        .recoverWithNull()
        .chain(() -> broker.publisher().publish(publication));
  }

  /**
   * Has the name bound, if this message came by because its name had no binding; those that come
   * from an inbox or were delayed say nothing about that.
   */
  private void learn(Delivery delivery, TaskHeaders task, Rule rule) {
    if (rule.learnable()
        && delivery.exchange().equals(Topology.TASKS)
        && delivery.routingKey().equals(task.task())) {
      bindings.learn(task.task());
    }
  }

  /** Whole seconds until the task is due; the worker waits for the fraction. */
  private Optional<Duration> untilDue(TaskHeaders task) {
    return task.eta()
        .map(
            eta ->
                Duration.ofSeconds(Duration.between(clock.instant(), eta.toInstant()).toSeconds()))
        .filter(Duration::isPositive)
        .map(wait -> wait.compareTo(Delay.MAX) > 0 ? Delay.MAX : wait);
  }

  /** Through the delay levels, back to this service: the rules of that time decide. */
  private Uni<Void> delay(Delivery delivery, TaskHeaders task, Duration wait) {
    AmqpMessage copy = Forwarded.copy(delivery.message(), task, OptionalInt.empty());
    return broker
        .publisher()
        .publish(Delay.delayed(wait, Topology.UNROUTED, Forwarded.withoutExpiration(copy)))
        .invoke(metrics::delayed);
  }

  private Uni<Void> park(
      Delivery delivery, Parked reason, String detail, Optional<TaskHeaders> task) {
    return broker
        .publisher()
        .publish(Forwarded.parked(delivery, reason, detail))
        .invoke(
            () -> {
              metrics.parked(reason);
              LOG.warnf(
                  "task %s is parked in %s (%s): %s",
                  task.map(TaskHeaders::id).orElse("?"),
                  Topology.UNROUTABLE,
                  reason.word(),
                  detail);
            });
  }

  private Uni<Void> parkFailed(Delivery delivery, Throwable failure) {
    LOG.errorf(failure, "a message of queue '%s' cannot be dispatched", delivery.queue());
    return persistently(
        delivery, park(delivery, Parked.FAILED, failure.toString(), Optional.empty()));
  }

  /**
   * Tries again while that can help. A delivery that is no longer open comes again from the broker:
   * publishing it once more would double it.
   */
  private static Uni<Void> persistently(Delivery delivery, Uni<Void> attempt) {
    return attempt
        .onFailure(failure -> mayPass(failure) && delivery.open())
        .retry()
        .withBackOff(RETRY_FIRST, RETRY_CAP)
        .indefinitely();
  }

  private static boolean mayPass(Throwable failure) {
    return failure instanceof PublishException
        && !(failure instanceof PublishException.Unencodable);
  }

  private static Uni<Void> giveUp(Delivery delivery, Throwable failure) {
    if (delivery.open()) {
      // Not even parking it worked. Rejected, a message of our own queue goes to its dead letters;
      // an inbox has none, so there it stays with us unsettled and comes again after the next
      // start.
      LOG.errorf(failure, "a message of queue '%s' cannot be parked", delivery.queue());
      if (delivery.queue().equals(Topology.UNROUTED)) {
        delivery.reject();
      }
    }
    return Uni.createFrom().voidItem();
  }
}
