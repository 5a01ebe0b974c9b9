package dev.tallo.scheduler.firing;

import dev.tallo.client.TalloClient;
import dev.tallo.client.TaskCall;
import dev.tallo.client.TaskType;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.PublishException;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.scheduler.job.Job;
import io.smallrye.mutiny.TimeoutException;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Sends the task of a firing, on time, until the broker has confirmed it. While the broker is away
 * it is tried again until the job's next firing, then counted as missed. Never blocks.
 */
@Singleton
public class Emitter {
  private static final Logger LOG = Logger.getLogger(Emitter.class);
  private static final Duration RETRY_FIRST = Duration.ofMillis(100);
  private static final Duration RETRY_CAP = Duration.ofSeconds(2);

  /** How long a firing that has no successor is tried. */
  private static final Duration LAST_FIRING = Duration.ofDays(1);

  private final Broker broker;
  private final TalloClient client;
  private final FiringMetrics metrics;
  private final Clock clock;
  private final Set<Firing> underWay = ConcurrentHashMap.newKeySet();

  public Emitter(Broker broker, FiringMetrics metrics, Clock clock) {
    this.broker = broker;
    client = TalloClient.on(broker, "tallo-scheduler", clock);
    this.metrics = metrics;
    this.clock = clock;
  }

  /** Sends it at its nominal time, or at once if that has passed. */
  public void emit(Firing firing) {
    underWay.add(firing);
    at(firing.nominal())
        .chain(() -> send(firing))
        .onTermination()
        .invoke(() -> underWay.remove(firing))
        .subscribe()
        .with(
            nothing -> {
              metrics.fired(firing, Duration.between(firing.nominal(), clock.instant()));
              LOG.debugf("%s was sent", firing);
            },
            failure -> {
              if (failure instanceof TimeoutException) {
                missed(firing, "the broker did not take it before the next one was due");
              } else {
                metrics.failed(firing);
                LOG.errorf("%s was not sent: %s", firing, failure.getMessage());
              }
            });
  }

  /** Counts and tells of what is due and not confirmed when the service ends. */
  public void abandon() {
    Instant now = clock.instant();
    for (Firing firing : underWay()) {
      if (!firing.nominal().isAfter(now)) {
        missed(firing, "the service stops and the broker has not confirmed it");
      }
    }
  }

  /** Counts and tells that it was not sent, or not confirmed, at all. */
  public void missed(Firing firing, String why) {
    metrics.missed(firing);
    LOG.errorf("%s was missed: %s", firing, why);
  }

  /** The firings that are not confirmed yet. */
  public Set<Firing> underWay() {
    return Set.copyOf(underWay);
  }

  private Uni<Void> at(Instant time) {
    Duration wait = Duration.between(clock.instant(), time);
    Uni<Void> now = Uni.createFrom().voidItem();
    return wait.isPositive() ? now.onItem().delayIt().by(wait) : now;
  }

  private Uni<Void> send(Firing firing) {
    return publish(firing)
        .onFailure(Emitter::mayPass)
        .retry()
        .withBackOff(RETRY_FIRST, RETRY_CAP)
        .indefinitely()
        .ifNoItem()
        .after(untilNext(firing))
        .fail();
  }

  private static boolean mayPass(Throwable failure) {
    return failure instanceof PublishException
        && !(failure instanceof PublishException.Unencodable);
  }

  /** A queue that was named and is not there is made first: it may be that no worker ever ran. */
  private Uni<Void> publish(Firing firing) {
    Uni<Void> attempt = call(firing).send().replaceWithVoid();
    Optional<String> queue = firing.job().queue();
    if (queue.isEmpty()) {
      return attempt;
    }
    return attempt
        .onFailure(PublishException.Unroutable.class)
        .recoverWithUni(() -> broker.declare(Topology.workQueue(queue.get())).chain(() -> attempt));
  }

  private Duration untilNext(Firing firing) {
    Duration left =
        firing
            .job()
            .schedule()
            .next(firing.nominal())
            .map(next -> Duration.between(clock.instant(), next))
            .orElse(LAST_FIRING);
    return left.isPositive() ? left : Duration.ofMillis(1);
  }

  /** Of the same id whoever sends it, and however often. */
  private TaskCall<Void> call(Firing firing) {
    Job job = firing.job();
    TaskCall<Void> call =
        client.task(TaskType.of(job.task(), Void.class)).id(firing.taskId()).toHistory();
    job.args().forEach(call::args);
    job.kwargs().properties().forEach(kwarg -> call.kwarg(kwarg.getKey(), kwarg.getValue()));
    job.queue().ifPresent(call::queue);
    return call;
  }
}
