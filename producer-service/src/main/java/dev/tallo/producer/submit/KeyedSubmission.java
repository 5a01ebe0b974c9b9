package dev.tallo.producer.submit;

import dev.tallo.producer.history.Conflict;
import dev.tallo.producer.history.History;
import dev.tallo.producer.history.NewTask;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The way of one task under an idempotency key: of all requests of the key, on any replica, one
 * stores the task and publishes it; the others wait for what becomes of that.
 *
 * <p>The stored task is claimed until its request is certain to have given up. It is confirmed when
 * the broker has it, and leaves the history, and its key with it, when the broker certainly has it
 * not. When neither is known (the broker did not say, or the replica died), the first request after
 * the claim publishes it again under the same id.
 */
final class KeyedSubmission {
  private static final long PAUSE_MILLIS = 100;
  private static final SubmitException TOO_SLOW =
      SubmitException.Unavailable.notTaken("the history is too slow");

  private final Submitter submitter;
  private final History history;
  private final Clock clock;
  private final NewTask row;
  private final Prepared prepared;
  private final Function<String, Prepared> underId;
  private final NewTask.Claim claim;
  private final long deadline;

  /**
   * @param underId the same task under an id that it was stored with before
   * @param deadline by {@link System#nanoTime}
   */
  KeyedSubmission(
      Submitter submitter,
      History history,
      Clock clock,
      Prepared prepared,
      Function<String, Prepared> underId,
      NewTask.Claim claim,
      long deadline) {
    this.submitter = submitter;
    this.history = history;
    this.clock = clock;
    this.prepared = prepared.with(claim);
    this.underId = underId;
    this.claim = claim;
    this.deadline = deadline;
    row = this.prepared.rows().getFirst();
  }

  /** Answers by the deadline, as everything that it waits for does. */
  void run(CompletableFuture<List<Submission>> answer) {
    history
        .insert(List.of(row))
        .whenComplete(
            (conflicts, failure) -> {
              if (failure != null) {
                answer.complete(Submitter.allRefused(prepared, failure));
              } else if (conflicts.get(0) instanceof Conflict.KeyUsed used) {
                follow(used, answer);
              } else if (late() && !prepared.spooled(0)) {
                answer.complete(refused(TOO_SLOW));
              } else {
                publish(prepared, conflicts, false, answer);
              }
            });
  }

  /** Another request was first. */
  private void follow(Conflict.KeyUsed used, CompletableFuture<List<Submission>> answer) {
    Optional<Instant> claimedUntil = used.claimedUntil();
    if (!used.fingerprint().equals(claim.fingerprint())) {
      answer.complete(refused(new SubmitException.KeyReused(used.id())));
    } else if (claimedUntil.isEmpty()) {
      answer.complete(List.of(new Submission.Replayed(used.id(), row.name())));
    } else if (claimedUntil.get().isAfter(clock.instant())) {
      runLater(answer);
    } else {
      history
          .takeOver(used.id(), claim.until())
          .whenComplete(
              (mine, failure) -> {
                if (failure != null) {
                  answer.complete(
                      refused(
                          SubmitException.Unavailable.unknown(
                              used.id(), Submitter.reason(failure))));
                } else if (late()) {
                  answer.complete(refused(TOO_SLOW));
                } else if (mine) {
                  publish(underId.apply(used.id()).with(claim), Map.of(), true, answer);
                } else {
                  runLater(answer);
                }
              });
    }
  }

  /** Past the deadline nothing is published any more: the claim may soon be another's. */
  private boolean late() {
    return System.nanoTime() - deadline >= 0;
  }

  private void runLater(CompletableFuture<List<Submission>> answer) {
    if (TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()) <= PAUSE_MILLIS) {
      answer.complete(refused(new SubmitException.KeyInUse()));
      return;
    }
    Executor later = CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    later.execute(() -> run(answer));
  }

  /**
   * @param perhapsArrived whether a request before may have brought it to the broker
   */
  private void publish(
      Prepared published,
      Map<Integer, Conflict> conflicts,
      boolean perhapsArrived,
      CompletableFuture<List<Submission>> answer) {
    CompletableFuture<List<Submission>> outcome = new CompletableFuture<>();
    submitter.publish(published, conflicts, perhapsArrived, deadline, outcome);
    outcome.thenAccept(
        submissions -> {
          if (submissions.getFirst()
              instanceof Submission.Accepted(String id, String task, boolean ignored)) {
            // If this fails, a further request publishes the task once more under the same id.
            history
                .confirm(List.of(id))
                .whenComplete((done, failure) -> answer.complete(submissions));
          } else {
            answer.complete(submissions);
          }
        });
  }

  private static List<Submission> refused(SubmitException why) {
    return List.of(new Submission.Refused(why));
  }
}
