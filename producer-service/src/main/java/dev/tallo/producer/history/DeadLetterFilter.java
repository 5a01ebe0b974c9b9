package dev.tallo.producer.history;

import java.time.Instant;
import java.util.Optional;

/**
 * Which dead letters are meant.
 *
 * @param source only those that were taken there
 * @param since dead since then or later
 * @param until dead before
 */
public record DeadLetterFilter(
    Optional<DeadLetter.Source> source,
    Optional<String> queue,
    Optional<String> task,
    Optional<String> reason,
    Optional<Instant> since,
    Optional<Instant> until) {

  /** All. */
  public static final DeadLetterFilter ALL =
      new DeadLetterFilter(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /** Whether anything but the source is asked for. */
  public boolean narrow() {
    return queue.isPresent()
        || task.isPresent()
        || reason.isPresent()
        || since.isPresent()
        || until.isPresent();
  }
}
