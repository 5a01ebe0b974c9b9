package dev.tallo.messaging.shared;

import io.smallrye.mutiny.Uni;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;

/**
 * Does a thing once for all who want it while it is under way; who comes later has it done again.
 * Who cancels leaves the others alone. Mutiny's {@code memoize()} is not for this: in 3.1 it may
 * hand an item to who subscribes at that moment before it has told of the subscription.
 *
 * <p>Threads: any may ask; what depends on the result runs on the thread that the work ends on.
 */
public final class Shared<K, T> {
  private final ConcurrentMap<K, CompletableFuture<T>> underWay = new ConcurrentHashMap<>();

  /** What comes of the work for this key that is under way, or else of this. */
  public Uni<T> run(K key, Supplier<Uni<T>> work) {
    return Uni.createFrom()
        .completionStage(
            () -> {
              CompletableFuture<T> mine = new CompletableFuture<>();
              CompletableFuture<T> first = underWay.putIfAbsent(key, mine);
              if (first != null) {
                return first.copy();
              }
              CompletableFuture<T> result = mine.copy();
              Uni.createFrom()
                  .deferred(work::get)
                  .onTermination()
                  .invoke(() -> underWay.remove(key, mine))
                  .subscribe()
                  .with(mine::complete, mine::completeExceptionally);
              return result;
            });
  }
}
