package dev.tallo.producer.submit;

import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.PublishException;
import dev.tallo.messaging.broker.Publisher;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Publishes some tasks, again under the same id where it is not known whether the broker has them
 * or where it takes none just now, until a common deadline.
 *
 * <p>Remembers of each whether any attempt of it may have arrived: only what certainly did not is
 * {@link Unpublished}. Everything is guarded by this object's lock; nothing is published under it.
 */
final class PublishRound {
  private static final long PAUSE_MILLIS = 100;

  /** What became of one publication. */
  sealed interface Outcome {}

  /** The broker has it. */
  record Confirmed() implements Outcome {}

  /** It was not to be published. */
  record Skipped() implements Outcome {}

  /** No queue takes it. */
  record Unroutable(String why) implements Outcome {}

  /** A queue that it goes to is full: the broker refused it. */
  record Full(String why) implements Outcome {}

  /** It cannot be written as a message. */
  record Unencodable(String why) implements Outcome {}

  /** The broker certainly has it not. */
  record Unpublished(String why) implements Outcome {}

  /** The broker may have it. */
  record Unknown(String why) implements Outcome {}

  private static final Outcome CONFIRMED = new Confirmed();
  private static final Outcome SKIPPED = new Skipped();

  private final Publisher publisher;
  private final List<Publication> publications;
  private final BitSet skipped;
  private final long deadline;
  private final Outcome[] outcomes;
  private final String[] lastFailures;
  private final BitSet underWay = new BitSet();
  private final BitSet perhapsArrived = new BitSet();
  private final CompletableFuture<Void> settled = new CompletableFuture<>();
  private int open;

  /**
   * @param skipped places of those that are not to be published
   * @param arrivedBefore whether each of the others may have arrived by an attempt before this
   * @param deadline by {@link System#nanoTime}
   */
  PublishRound(
      Publisher publisher,
      List<Publication> publications,
      BitSet skipped,
      boolean arrivedBefore,
      long deadline) {
    this.publisher = publisher;
    this.publications = publications;
    this.skipped = skipped;
    this.deadline = deadline;
    outcomes = new Outcome[publications.size()];
    lastFailures = new String[publications.size()];
    open = publications.size();
    perhapsArrived.set(0, publications.size(), arrivedBefore);
  }

  /** Begins; the stage completes at the deadline at the latest. */
  CompletionStage<List<Outcome>> run() {
    long left = Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()));
    CompletionStage<List<Outcome>> result =
        settled.orTimeout(left, TimeUnit.MILLISECONDS).handle((done, timeout) -> outcomes());
    for (int i = 0; i < outcomes.length; i++) {
      if (skipped.get(i)) {
        settle(i, SKIPPED);
      } else {
        send(i);
      }
    }
    return result;
  }

  private void send(int i) {
    synchronized (this) {
      if (outcomes[i] != null || settled.isDone()) {
        return;
      }
      underWay.set(i);
    }
    publisher
        .send(publications.get(i))
        .whenComplete(
            (done, failure) -> {
              if (failure == null) {
                settle(i, CONFIRMED);
              } else {
                failed(i, cause(failure));
              }
            });
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  private void failed(int i, Throwable failure) {
    String why = String.valueOf(failure.getMessage());
    boolean arrivedBefore;
    synchronized (this) {
      underWay.clear(i);
      lastFailures[i] = why;
      if (!(failure instanceof PublishException)
          || failure instanceof PublishException.OutcomeUnknown) {
        perhapsArrived.set(i);
      }
      arrivedBefore = perhapsArrived.get(i);
    }
    switch (failure) {
      case PublishException.Unroutable returned when !arrivedBefore ->
          settle(i, new Unroutable(why));
      case PublishException.Rejected refused when !arrivedBefore -> settle(i, new Full(why));
      case PublishException.Unencodable unencodable when !arrivedBefore ->
          settle(i, new Unencodable(why));
      case PublishException e when e.worthRetrying() -> sendLater(i);
      default -> settle(i, new Unknown(why));
    }
  }

  private void sendLater(int i) {
    if (TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()) > PAUSE_MILLIS) {
      Executor later = CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
      later.execute(() -> send(i));
    } else {
      Outcome last;
      synchronized (this) {
        last = outcomeNow(i);
      }
      settle(i, last);
    }
  }

  private void settle(int i, Outcome outcome) {
    boolean all;
    synchronized (this) {
      if (outcomes[i] != null) {
        return;
      }
      outcomes[i] = outcome;
      all = --open == 0;
    }
    if (all) {
      settled.complete(null);
    }
  }

  private synchronized List<Outcome> outcomes() {
    List<Outcome> all = new ArrayList<>(outcomes.length);
    for (int i = 0; i < outcomes.length; i++) {
      if (outcomes[i] == null) {
        outcomes[i] = outcomeNow(i);
      }
      all.add(outcomes[i]);
    }
    return all;
  }

  /** Called under the lock, of one that is not settled. */
  private Outcome outcomeNow(int i) {
    String why = lastFailures[i] == null ? "no confirm in time" : lastFailures[i];
    return underWay.get(i) || perhapsArrived.get(i) ? new Unknown(why) : new Unpublished(why);
  }
}
