package dev.tallo.producer.watch;

import dev.tallo.producer.Periodic;
import dev.tallo.producer.history.History;
import dev.tallo.producer.history.TaskStamp;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Hears of what other replicas wrote: asks the store, twice a second, for the tasks that somebody
 * watches here. It costs a look-up by id for each of them and nothing while nobody watches, and
 * needs no connection between replicas that could fail unseen.
 */
@Singleton
public class OtherReplicas {
  private static final Logger LOG = Logger.getLogger(OtherReplicas.class);
  private static final Duration INTERVAL = Duration.ofMillis(500);

  private final History history;
  private final Watchers watchers;
  private final Streams streams;
  private Map<String, TaskStamp> known = new HashMap<>(); // by one poll at a time
  private Optional<Cancellable> polling = Optional.empty();

  OtherReplicas(History history, Watchers watchers, Streams streams) {
    this.history = history;
    this.watchers = watchers;
    this.streams = streams;
  }

  /** Begins to ask. */
  public void start() {
    polling =
        Optional.of(
            Periodic.every(
                INTERVAL,
                "hearing of other replicas",
                () -> {
                  streams.dropStalled();
                  return poll();
                }));
  }

  /** Asks no more. */
  public void stop() {
    polling.ifPresent(Cancellable::cancel);
  }

  private Uni<Void> poll() {
    Set<String> ids = watchers.ids();
    if (!history.shared() || ids.isEmpty()) {
      known.clear();
      return Uni.createFrom().voidItem();
    }
    return history
        .stamps(ids)
        .invoke(this::compare)
        .replaceWithVoid()
        .onFailure()
        .invoke(e -> LOG.debug("the watched tasks could not be asked for", e))
        .onFailure()
        .recoverWithNull();
  }

  private void compare(Map<String, TaskStamp> now) {
    now.forEach(
        (id, stamp) -> {
          if (stamp.ended()) {
            watchers.ended(List.of(id));
          } else if (!stamp.equals(known.get(id))) {
            // Also when it is seen for the first time: it may have changed since it was looked at.
            watchers.changed(id);
          }
        });
    known = now;
  }
}
