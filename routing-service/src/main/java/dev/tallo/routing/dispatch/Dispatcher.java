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
import dev.tallo.messaging.shared.Shared;
import dev.tallo.messaging.trace.TaskSpan;
import dev.tallo.routing.binding.BindingWriter;
import dev.tallo.routing.configuration.RoutingConfiguration;
import dev.tallo.routing.limit.RateLimits;
import dev.tallo.routing.rule.Action;
import dev.tallo.routing.rule.CurrentRules;
import dev.tallo.routing.rule.RateLimit;
import dev.tallo.routing.rule.Rule;
import dev.tallo.routing.rule.RuleSet;
import dev.tallo.routing.rule.StoreUnavailableException;
import dev.tallo.routing.rule.UnreadableArgumentsException;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
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

  /**
   * Before a missing queue is made: it may just have been deleted, and RabbitMQ needs a moment to
   * tell its consumers. What they would get of the new queue before that may not arrive.
   */
  private static final Duration BEFORE_MAKING = Duration.ofSeconds(1);

  /** How long a message goes round through the delay levels when its queue is full. */
  private static final Duration QUEUE_FULL = Duration.ofSeconds(8);

  private final Broker broker;
  private final CurrentRules rules;
  private final RateLimits limits;
  private final BindingWriter bindings;
  private final boolean createQueues;
  private final DispatchMetrics metrics;
  private final Clock clock;
  private final Shared<String, Void> making = new Shared<>();

  public Dispatcher(
      Broker broker,
      CurrentRules rules,
      RateLimits limits,
      BindingWriter bindings,
      RoutingConfiguration configuration,
      DispatchMetrics metrics,
      Clock clock) {
    this.broker = broker;
    this.rules = rules;
    this.limits = limits;
    this.bindings = bindings;
    this.createQueues = configuration.createQueues();
    this.metrics = metrics;
    this.clock = clock;
  }

  /**
   * Dispatches and settles. Completes in any case, also when the message could not be passed on and
   * stays with the broker.
   */
  public Uni<Void> dispatch(Delivery delivery) {
    Slot slot = new Slot(Forwarded.slotOf(delivery), Forwarded.mirroredBefore(delivery));
    return persistently(delivery, Uni.createFrom().deferred(() -> passOn(delivery, slot)))
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
  private Uni<Void> passOn(Delivery delivery, Slot slot) {
    DeliveredTask task;
    try {
      task = new DeliveredTask(delivery.message(), TaskCodec.decodeHeaders(delivery.message()));
    } catch (UndecodableMessageException e) {
      return park(delivery, Parked.UNDECODABLE, e.getMessage(), Optional.empty());
    }
    Optional<Duration> wait = untilDue(task.headers());
    return traced(
        TaskSpan.route(task.headers(), delivery.queue()),
        wait.isPresent()
            ? delay(delivery, task, wait.get(), Optional.empty(), slot)
            : rules.now().chain(inForce -> decide(delivery, task, slot, inForce)));
  }

  private static Uni<Void> traced(TaskSpan span, Uni<Void> attempt) {
    return attempt
        .onItem()
        .invoke(span::end)
        .onFailure()
        .invoke(failure -> span.fail(failure.getClass().getName()))
        .onCancellation()
        .invoke(span::end);
  }

  private Uni<Void> decide(Delivery delivery, DeliveredTask task, Slot slot, RuleSet inForce) {
    try {
      Optional<Rule> decided = inForce.decide(task);
      if (decided.isEmpty()) {
        String detail = "no rule takes task '" + task.name() + "', and there is no default queue";
        return park(delivery, Parked.NO_RULE, detail, Optional.of(task));
      }
      Rule rule = decided.get();
      return switch (rule.action()) {
        case Action.Reject(String reason) -> reject(delivery, task, rule, reason);
        case Action.Split split -> {
          String queue = split.queueOf(task, rule.id());
          yield inTime(
              delivery, task, rule, slot, () -> route(delivery, task, rule, queue, slot, inForce));
        }
        case Action.ToQueue(String queue) ->
            inTime(
                delivery,
                task,
                rule,
                slot,
                () -> route(delivery, task, rule, queue, slot, inForce));
      };
    } catch (UnreadableArgumentsException e) {
      return park(delivery, Parked.UNDECODABLE, e.getMessage(), Optional.of(task));
    }
  }

  /** Now, or through the delay levels when the rule's limit says so. */
  private Uni<Void> inTime(
      Delivery delivery, DeliveredTask task, Rule rule, Slot slot, Supplier<Uni<Void>> routing) {
    if (rule.limit().isEmpty()) {
      return routing.get();
    }
    RateLimit limit = rule.limit().get();
    String bucket = RateLimits.bucketOf(rule, limit, task);
    if (slot.waitedFor(bucket)) {
      return routing.get();
    }
    return slot.time(bucket)
        .map(Uni.createFrom()::item)
        .orElseGet(
            () ->
                limits
                    .reserve(bucket, limit)
                    .map(wait -> slot.reserved(bucket, clock.instant().plus(wait))))
        .chain(
            time -> {
              Duration wait = Duration.between(clock.instant(), time);
              return wait.isPositive()
                  ? delay(delivery, task, atMost(wait), Optional.of(bucket), slot)
                      .invoke(() -> metrics.limited(rule))
                  : routing.get();
            });
  }

  private Uni<Void> route(
      Delivery delivery, DeliveredTask task, Rule rule, String queue, Slot slot, RuleSet inForce) {
    AmqpMessage copy = Forwarded.copy(delivery.message(), task.headers(), rule.priority());
    Publication publication = new Publication(Topology.WORK, queue, copy);
    return mirror(delivery, task, rule, slot)
        .chain(() -> publishMakingTheQueue(delivery, publication))
        .invoke(
            () -> {
              metrics.decided(rule, queue);
              learn(delivery, task, rule, inForce.version());
            })
        .onFailure(PublishException.Unroutable.class)
        .recoverWithUni(
            returned -> park(delivery, Parked.NO_QUEUE, returned.getMessage(), Optional.of(task)))
        .onFailure(PublishException.Rejected.class)
        .recoverWithUni(() -> delay(delivery, task, QUEUE_FULL, slot.bucket(), slot));
  }

  /** The copy for the second queue. What is wrong with that is no matter of the task itself. */
  private Uni<Void> mirror(Delivery delivery, DeliveredTask task, Rule rule, Slot slot) {
    if (rule.mirror().isEmpty() || slot.mirrored) {
      return Uni.createFrom().voidItem();
    }
    String queue = rule.mirror().get();
    AmqpMessage copy;
    try {
      copy = Mirrored.copy(delivery.message(), queue, Topology.RESULTS);
    } catch (UndecodableMessageException | IllegalArgumentException e) {
      return notMirrored(task, rule, e);
    }
    return publishMakingTheQueue(delivery, new Publication(Topology.WORK, queue, copy))
        .invoke(
            () -> {
              slot.mirrored = true;
              metrics.mirrored(rule, true);
            })
        .onFailure(failure -> failure instanceof PublishException e && !e.worthRetrying())
        .recoverWithUni(failure -> notMirrored(task, rule, failure));
  }

  private Uni<Void> notMirrored(DeliveredTask task, Rule rule, Throwable why) {
    LOG.warnf("task %s is not mirrored by rule '%s': %s", task.id(), rule.id(), why.getMessage());
    metrics.mirrored(rule, false);
    return Uni.createFrom().voidItem();
  }

  private Uni<Void> reject(Delivery delivery, DeliveredTask task, Rule rule, String reason) {
    Rejection rejection = new Rejection(task, reason, clock.instant());
    return broker
        .publisher()
        .publish(rejection.forTheHistory(delivery.message()))
        .chain(
            () ->
                rejection
                    .forTheSender(delivery.message())
                    .map(this::answer)
                    .orElseGet(() -> Uni.createFrom().voidItem()))
        .invoke(() -> metrics.rejected(rule));
  }

  /** A sender who went away took his queue with him; the history has the outcome anyway. */
  private Uni<Void> answer(Publication answer) {
    return broker
        .publisher()
        .publish(answer)
        .onFailure(failure -> failure instanceof PublishException e && !e.worthRetrying())
        .recoverWithNull();
  }

  /**
   * A queue that is not there is made, if that is allowed. If that fails, the message comes back
   * too.
   */
  private Uni<Void> publishMakingTheQueue(Delivery delivery, Publication publication) {
    Uni<Void> published = broker.publisher().publish(publication);
    return createQueues
        ? published
            .onFailure(PublishException.Unroutable.class)
            .recoverWithUni(
                () ->
                    make(publication.routingKey()).chain(() -> publishIfOpen(delivery, published)))
        : published;
  }

  /** After a while: a delivery that is no longer open is handed out again. */
  private static Uni<Void> publishIfOpen(Delivery delivery, Uni<Void> published) {
    return delivery.open()
        ? published
        : Uni.createFrom().failure(new IllegalStateException("the message is handed out anew"));
  }

  /** Once for all that need it at the same time. */
  private Uni<Void> make(String queue) {
    return making.run(
        queue,
        () ->
            Uni.createFrom()
                .voidItem()
                .onItem()
                .delayIt()
                .by(BEFORE_MAKING)
                .chain(() -> broker.declare(Topology.workQueue(queue)))
                .onFailure()
                .invoke(
                    e ->
                        LOG.warnf(
                            "queue '%s' is missing and was not made: %s", queue, e.getMessage()))
                .onFailure()
                .recoverWithNull());
  }

  /**
   * Has the name bound, if this message came by because its name had no binding; those that come
   * from an inbox or were delayed say nothing about that.
   */
  private void learn(Delivery delivery, DeliveredTask task, Rule rule, long version) {
    if (rule.learnableQueue().isPresent()
        && delivery.exchange().equals(Topology.TASKS)
        && delivery.routingKey().equals(task.name())) {
      bindings.learn(task.name(), version);
    }
  }

  private Optional<Duration> untilDue(TaskHeaders task) {
    return task.eta()
        .flatMap(eta -> Delay.until(eta.toInstant(), clock.instant()))
        .map(Dispatcher::atMost);
  }

  private static Duration atMost(Duration wait) {
    return wait.compareTo(Delay.MAX) > 0 ? Delay.MAX : wait;
  }

  /** Through the delay levels, back to this service: the rules of that time decide. */
  private Uni<Void> delay(
      Delivery delivery, DeliveredTask task, Duration wait, Optional<String> bucket, Slot slot) {
    AmqpMessage copy = Forwarded.copy(delivery.message(), task.headers(), OptionalInt.empty());
    AmqpMessage delayed = Forwarded.waiting(copy, bucket, slot.mirrored);
    return broker
        .publisher()
        .publish(Delay.delayed(wait, Topology.UNROUTED, delayed))
        .invoke(metrics::delayed);
  }

  private Uni<Void> park(
      Delivery delivery, Parked reason, String detail, Optional<DeliveredTask> task) {
    return broker
        .publisher()
        .publish(Forwarded.parked(delivery, reason, detail))
        .invoke(
            () -> {
              metrics.parked(reason);
              LOG.warnf(
                  "task %s is parked in %s (%s): %s",
                  task.map(DeliveredTask::id).orElse("?"),
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
    return failure instanceof StoreUnavailableException
        || failure instanceof PublishException
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

  /**
   * What is kept of a message over all attempts to pass it on: its time under a rate limit, too.
   */
  private static final class Slot {
    private final Optional<String> waited;
    private volatile Optional<String> bucket = Optional.empty();
    private volatile Instant time = Instant.EPOCH;

    private volatile boolean mirrored;

    /**
     * @param waited the bucket whose time it has waited for before
     * @param mirrored whether the copy for a second queue was sent before
     */
    Slot(Optional<String> waited, boolean mirrored) {
      this.waited = waited;
      this.mirrored = mirrored;
    }

    boolean waitedFor(String wanted) {
      return waited.filter(wanted::equals).isPresent();
    }

    Optional<Instant> time(String wanted) {
      return bucket.filter(wanted::equals).map(mine -> time);
    }

    Instant reserved(String from, Instant at) {
      time = at;
      bucket = Optional.of(from);
      return at;
    }

    Optional<String> bucket() {
      return bucket.or(() -> waited);
    }
  }
}
