package dev.tallo.producer.watch;

import dev.tallo.messaging.shared.Shared;
import dev.tallo.producer.history.History;
import dev.tallo.producer.history.StoredTask;
import dev.tallo.producer.watch.TaskChange.Place;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Waits for the end of tasks, and follows what happens to them. */
@Singleton
public class TaskWatch {
  /** How long a stream may be silent; then it says that it is still there. */
  static final Duration HEARTBEAT = Duration.ofSeconds(15);

  private final History history;
  private final Watchers watchers;
  private final Streams streams;
  private final Shared<String, Optional<StoredTask>> lookUps = new Shared<>();

  TaskWatch(History history, Watchers watchers, Streams streams) {
    this.history = history;
    this.watchers = watchers;
    this.streams = streams;
  }

  /**
   * The task when it has ended, or as it is after this time.
   *
   * @return empty if there is no such task
   * @throws TooManyWaitersException by the Uni, when as many watch as may
   */
  public Uni<Optional<StoredTask>> end(String id, Duration atMost) {
    return Uni.createFrom()
        .deferred(
            () -> {
              // Enters before it looks, so that no outcome can come in between unseen.
              Watchers.Watcher watcher = watchers.enter(id, Watchers.Interest.END);
              return history
                  .find(id)
                  .flatMap(
                      task ->
                          task.isEmpty() || task.get().ended()
                              ? Uni.createFrom().item(task)
                              : watcher
                                  .woken()
                                  .map(woken -> true)
                                  .ifNoItem()
                                  .after(atMost)
                                  .recoverWithItem(false)
                                  .flatMap(woken -> woken ? ended(id) : history.find(id)))
                  .onTermination()
                  .invoke(watcher::leave);
            });
  }

  /** One look-up for all whom the same end woke. */
  private Uni<Optional<StoredTask>> ended(String id) {
    return lookUps.run(id, () -> history.find(id));
  }

  /**
   * What happens to a task after a place, until it has ended: lists of changes, an empty one when
   * nothing happened for {@link #HEARTBEAT}. Nothing is looked for, or held, before it is asked
   * for: a reader that is slow is told of the latest, and one that stops reading is dropped.
   *
   * @param drop closes the reader's connection
   * @throws TooManyWaitersException when as many watch as may
   */
  public Multi<List<TaskChange>> changes(String id, Place after, Runnable drop) {
    Streams.Stream stream = streams.open(drop);
    Follower follower = new Follower(id, after);
    return Multi.createBy()
        .repeating()
        .uni(
            () ->
                Uni.createFrom()
                    .deferred(
                        () -> {
                          stream.asked();
                          return follower.next().onItem().invoke(stream::told);
                        }))
        .until(Optional::isEmpty)
        .map(Optional::get)
        .onTermination()
        .invoke(stream::close);
  }

  /** Follows one task; asked again only after its last answer. */
  private final class Follower {
    private final String id;
    private Place last;
    private volatile boolean ended;

    Follower(String id, Place last) {
      this.id = id;
      this.last = last;
    }

    /** Empty after the last change, and not before that has left for the reader. */
    Uni<Optional<List<TaskChange>>> next() {
      if (ended) {
        return Uni.createFrom().item(Optional.empty());
      }
      return Uni.createFrom()
          .deferred(
              () -> {
                Watchers.Watcher watcher = watchers.enter(id, Watchers.Interest.ANY_CHANGE);
                return look()
                    .flatMap(
                        changes ->
                            !changes.isEmpty() || ended
                                ? Uni.createFrom().item(Optional.of(changes))
                                : watcher
                                    .woken()
                                    .map(woken -> Optional.<List<TaskChange>>empty())
                                    .ifNoItem()
                                    .after(HEARTBEAT)
                                    .recoverWithItem(Optional.of(List.of())))
                    .onTermination()
                    .invoke(watcher::leave);
              })
          .flatMap(changes -> changes.isPresent() ? Uni.createFrom().item(changes) : next());
    }

    private Uni<List<TaskChange>> look() {
      return history
          .find(id)
          .map(
              task -> {
                if (task.isEmpty() || watchers.closed()) {
                  ended = true;
                  return List.of();
                }
                List<TaskChange> news =
                    TaskChange.of(task.get()).stream()
                        .filter(change -> change.place().compareTo(last) > 0)
                        .toList();
                if (!news.isEmpty()) {
                  last = news.getLast().place();
                }
                ended = task.get().ended();
                return news;
              });
    }
  }
}
