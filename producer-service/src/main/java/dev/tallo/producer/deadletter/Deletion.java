package dev.tallo.producer.deadletter;

import dev.tallo.producer.history.DeadLetterStore;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Deletes dead letters; of one that is too large to be read also the message, which the broker
 * still has. Its methods block; to be called on virtual threads.
 */
@Singleton
public class Deletion {
  private static final Duration STORE_WITHIN = Duration.ofSeconds(10);

  private final DeadLetterStore store;
  private final Oversize oversize;

  Deletion(DeadLetterStore store, Oversize oversize) {
    this.store = store;
    this.oversize = oversize;
  }

  /**
   * Deletes those that are there; tells how many.
   *
   * @throws RedriveException if the broker is away that has one of them
   */
  public int of(List<Long> places) {
    for (long place : places) {
      Optional<String> large = store.fingerprintOfLarge(place).await().atMost(STORE_WITHIN);
      large.ifPresent(oversize::remove);
    }
    return Uni.createFrom()
        .completionStage(() -> store.delete(places))
        .await()
        .atMost(STORE_WITHIN);
  }
}
