package dev.tallo.producer.submit;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerStatus;
import dev.tallo.messaging.protocol.State;
import dev.tallo.producer.history.Conflict;
import dev.tallo.producer.history.History;
import dev.tallo.producer.history.NewTask;
import dev.tallo.producer.history.SpoolStore;
import dev.tallo.producer.history.StoredTask;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;

/**
 * Submits tasks: PENDING in the history, committed; then published and confirmed; then answered.
 * Thus no replica answers 404 for an accepted task, and an outcome finds its row.
 *
 * <p>What is submitted together shares a commit and a deadline. A task that was certainly not
 * published leaves the history again before it is answered; one of which that is not known stays
 * there as PENDING. Where tasks may wait for the broker ({@link Spool}), both wait instead.
 */
@Singleton
public class Submitter {
  private static final Logger LOG = Logger.getLogger(Submitter.class);
  private static final Duration SHORTEST_DEADLINE = Duration.ofMillis(100);

  /** After its deadline a request may still be about to publish, but not for longer than this. */
  private static final Duration CLAIM_MARGIN = Duration.ofSeconds(2);

  private final History history;
  private final Broker broker;
  private final DelayedQueues queues;
  private final Preparation preparation;
  private final Spool spool;
  private final SpoolStore spoolStore;
  private final SubmitConfig config;
  private final Clock clock;
  private final SubmitMetrics metrics;

  Submitter(
      History history,
      Broker broker,
      Preparation preparation,
      Spool spool,
      SpoolStore spoolStore,
      SubmitConfig config,
      Clock clock,
      SubmitMetrics metrics) {
    this.history = history;
    this.broker = broker;
    this.preparation = preparation;
    this.spool = spool;
    this.spoolStore = spoolStore;
    queues = new DelayedQueues(broker);
    this.config = config;
    require("tallo.submit.deadline", config.deadline());
    require("tallo.submit.batch-deadline", config.batchDeadline());
    this.clock = clock;
    this.metrics = metrics;
  }

  private static void require(String property, Duration deadline) {
    if (deadline.compareTo(SHORTEST_DEADLINE) < 0) {
      throw new IllegalArgumentException(
          property + " is " + deadline + ", but has to be PT0.1S or longer");
    }
  }

  /** Why nothing can be submitted now, as far as that is known without trying. */
  public Optional<SubmitException.Unavailable> unavailable() {
    return (spool.enabled() ? spool.full().filter(full -> !broker.status().usable()) : brokerAway())
        .map(SubmitException.Unavailable::notTaken);
  }

  private Optional<String> brokerAway() {
    BrokerStatus status = broker.status();
    return status.usable()
        ? Optional.empty()
        : Optional.of(
            status
                .blockedReason()
                .map(reason -> "the broker takes no messages now (" + reason + ")")
                .orElse("the broker cannot be reached"));
  }

  /** Submits one task; the stage completes within the deadline and never fails. Does not block. */
  public CompletionStage<Submission> submit(TaskRequest request) {
    return traced(List.of(request), traced -> submit(traced, config.deadline()))
        .thenApply(List::getFirst);
  }

  /**
   * Submits a new task that is what a stored one was; the stage completes within the deadline.
   *
   * @throws SubmitException.NotKnown if another client sent the task and not all of it is known
   */
  public CompletionStage<Submission> submitAgain(StoredTask task) {
    return submit(preparation.again(task));
  }

  /**
   * Submits tasks of a batch together; the stage completes within the batch deadline with what
   * became of each, in their order, and never fails. Does not block.
   */
  public CompletionStage<List<Submission>> submitAll(List<TaskRequest> requests) {
    return traced(requests, traced -> submit(traced, config.batchDeadline()));
  }

  /**
   * Submits one task, once for all requests of the same key; the stage completes within the
   * deadline and never fails. Does not block.
   */
  public CompletionStage<Submission> submit(TaskRequest request, IdempotencyKey key) {
    Instant claimed = clock.instant().plus(config.deadline()).plus(CLAIM_MARGIN);
    NewTask.Claim claim = new NewTask.Claim(key.key(), key.fingerprint(), claimed);
    return traced(
            List.of(request),
            traced ->
                submit(
                    traced,
                    config.deadline(),
                    (prepared, deadline, answer) ->
                        new KeyedSubmission(
                                this,
                                history,
                                clock,
                                prepared,
                                id -> preparation.of(traced.getFirst(), id),
                                claim,
                                deadline)
                            .run(answer)))
        .thenApply(List::getFirst);
  }

  private static CompletionStage<List<Submission>> traced(
      List<TaskRequest> requests,
      Function<List<TaskRequest>, CompletionStage<List<Submission>>> submission) {
    Tracing tracing = Tracing.of(requests);
    return submission.apply(tracing.requests()).thenApply(tracing::ended);
  }

  /** The way of some prepared tasks to their answers. */
  private interface Way {
    void go(Prepared prepared, long deadline, CompletableFuture<List<Submission>> answer);
  }

  private CompletionStage<List<Submission>> submit(List<TaskRequest> requests, Duration atMost) {
    return submit(requests, atMost, this::store);
  }

  private CompletionStage<List<Submission>> submit(
      List<TaskRequest> requests, Duration atMost, Way way) {
    Optional<String> away = brokerAway();
    if (away.isPresent() && !spool.enabled()) {
      Submission refusal = new Submission.Refused(SubmitException.Unavailable.notTaken(away.get()));
      List<Submission> refusals = requests.stream().map(r -> refusal).toList();
      metrics.count(requests, refusals);
      return CompletableFuture.completedStage(refusals);
    }
    long deadline = System.nanoTime() + atMost.toNanos();
    Prepared prepared = preparation.of(requests, clock.instant().plus(atMost).plus(CLAIM_MARGIN));
    CompletableFuture<List<Submission>> answer = new CompletableFuture<>();
    CompletionStage<Set<String>> missing =
        away.isPresent() ? CompletableFuture.completedStage(Set.of()) : queues.missing(requests);
    missing
        .thenCombine(spool.passage(prepared.rows()), (queues, passed) -> queues)
        .whenComplete(
            (queues, failure) -> {
              if (failure == null) {
                admit(prepared, queues, away, deadline, way, answer);
              } else if (spool.enabled()) {
                admit(prepared, Set.of(), Optional.of(reason(failure)), deadline, way, answer);
              } else {
                answer.complete(allRefused(prepared, failure));
              }
            });
    return answer
        .orTimeout(atMost.toMillis() + 500, TimeUnit.MILLISECONDS)
        .exceptionally(timeout -> unknownAll(prepared))
        .whenComplete((submissions, failure) -> metrics.count(requests, submissions));
  }

  /**
   * Refuses those whose queue is not there or for which there is no room, decides which of the
   * others have to wait, and has them go their way.
   *
   * @param away why the broker takes nothing, if it does not
   */
  private void admit(
      Prepared prepared,
      Set<String> missingQueues,
      Optional<String> away,
      long deadline,
      Way way,
      CompletableFuture<List<Submission>> answer) {
    Map<Integer, Submission> refusals = new HashMap<>();
    List<NewTask> waiting = new ArrayList<>(0);
    List<NewTask> rows = new ArrayList<>(prepared.rows());
    for (int i = 0; i < rows.size(); i++) {
      NewTask row = rows.get(i);
      if (lacksQueue(row, missingQueues)) {
        refusals.put(
            i, new Submission.Refused(new SubmitException.UnknownQueue(row.queue().orElseThrow())));
        continue;
      }
      switch (spool.enter(row, away.isPresent())) {
        case TO_BROKER -> {}
        case WAITS -> {
          rows.set(i, row.spooled(Spool.keyOf(row)));
          waiting.add(row);
        }
        case NO_ROOM ->
            refusals.put(
                i,
                new Submission.Refused(
                    SubmitException.Unavailable.notTaken(
                        spool.full().or(() -> away).orElse("the spool is full"))));
      }
    }
    if (!waiting.isEmpty()) {
      answer.whenComplete((done, failure) -> spool.stored(waiting));
    }
    Prepared admitted = new Prepared(rows, prepared.publications());
    if (refusals.isEmpty()) {
      way.go(admitted, deadline, answer);
      return;
    }
    CompletableFuture<List<Submission>> others = new CompletableFuture<>();
    others.thenAccept(
        submissions -> {
          Iterator<Submission> next = submissions.iterator();
          List<Submission> all = new ArrayList<>(rows.size());
          for (int i = 0; i < rows.size(); i++) {
            Submission refusal = refusals.get(i);
            all.add(refusal == null ? next.next() : refusal);
          }
          answer.complete(all);
        });
    if (refusals.size() == rows.size()) {
      others.complete(List.of());
    } else {
      way.go(admitted.only(i -> !refusals.containsKey(i)), deadline, others);
    }
  }

  private static boolean lacksQueue(NewTask row, Set<String> missing) {
    return row.eta().isPresent() && row.queue().filter(missing::contains).isPresent();
  }

  /** Stores the tasks, then publishes those that were stored and need not wait. */
  private void store(Prepared prepared, long deadline, CompletableFuture<List<Submission>> answer) {
    history
        .insert(prepared.rows())
        .whenComplete(
            (conflicts, failure) -> {
              if (failure != null) {
                answer.complete(allRefused(prepared, failure));
              } else if (System.nanoTime() - deadline >= 0) {
                // Answered already: nobody may find these as if they were on their way.
                answer.complete(
                    takeBack(
                        prepared,
                        conflicts.keySet(),
                        SubmitException.Unavailable.notTaken("the history is too slow")));
              } else {
                publish(prepared, conflicts, false, deadline, answer);
              }
            });
  }

  /**
   * Publishes those that were stored; answers with what became of each.
   *
   * @param perhapsArrived whether an attempt before may have brought them to the broker
   */
  void publish(
      Prepared prepared,
      Map<Integer, Conflict> conflicts,
      boolean perhapsArrived,
      long deadline,
      CompletableFuture<List<Submission>> answer) {
    BitSet skipped = new BitSet(prepared.size());
    conflicts.keySet().forEach(skipped::set);
    for (int i = 0; i < prepared.size(); i++) {
      if (prepared.spooled(i)) {
        skipped.set(i);
      }
    }
    new PublishRound(broker.publisher(), prepared.publications(), skipped, perhapsArrived, deadline)
        .run()
        .whenComplete(
            (outcomes, failure) -> {
              if (failure != null) {
                LOG.error("publishing failed in an unforeseen way", failure);
                answer.complete(unknownAll(prepared));
                return;
              }
              conclude(prepared, conflicts, outcomes, answer);
            });
  }

  private void conclude(
      Prepared prepared,
      Map<Integer, Conflict> conflicts,
      List<PublishRound.Outcome> outcomes,
      CompletableFuture<List<Submission>> answer) {
    List<Submission> submissions = new ArrayList<>(outcomes.size());
    List<NewTask> unpublished = new ArrayList<>(0);
    List<String> unclear = new ArrayList<>(0);
    List<String> confirmed = new ArrayList<>(0);
    Map<NewTask, SpoolStore.Late> late = new LinkedHashMap<>(0);
    for (int i = 0; i < outcomes.size(); i++) {
      NewTask row = prepared.rows().get(i);
      submissions.add(
          switch (outcomes.get(i)) {
            case PublishRound.Confirmed ignored -> {
              if (row.claimedUntil().isPresent() && row.claim().isEmpty()) {
                confirmed.add(row.id());
              }
              yield prepared.accepted(i);
            }
            case PublishRound.Skipped ignored ->
                conflicts.containsKey(i) ? instead(row, conflicts.get(i)) : prepared.accepted(i);
            case PublishRound.Unknown(String why) -> {
              if (waitsNow(row, late, false)) {
                yield new Submission.Accepted(row.id(), row.name(), true);
              }
              LOG.warnf("task %s: it is not known whether the broker took it: %s", row.id(), why);
              unclear.add(row.id());
              yield new Submission.Refused(SubmitException.Unavailable.unknown(row.id(), why));
            }
            case PublishRound.Unpublished(String why) -> {
              if (waitsNow(row, late, true)) {
                yield new Submission.Accepted(row.id(), row.name(), true);
              }
              unpublished.add(row);
              yield new Submission.Refused(SubmitException.Unavailable.notTaken(why));
            }
            case PublishRound.Full ignored -> {
              unpublished.add(row);
              yield new Submission.Refused(new SubmitException.QueueFull(row.queue()));
            }
            case PublishRound.Unencodable(String why) -> {
              unpublished.add(row);
              yield new Submission.Refused(new SubmitException.InvalidTask("headers", why));
            }
            case PublishRound.Unroutable(String why) -> {
              unpublished.add(row);
              yield new Submission.Refused(
                  row.queue().isPresent()
                      ? new SubmitException.UnknownQueue(row.queue().get())
                      : SubmitException.Unavailable.notTaken(why));
            }
          });
    }
    settle(confirmed, unclear);
    removeUnpublished(unpublished)
        .thenCompose(removed -> spool(late, submissions))
        .thenAccept(answer::complete);
  }

  /** Whether a task that could not be published has room to wait for the broker. */
  private boolean waitsNow(NewTask row, Map<NewTask, SpoolStore.Late> late, boolean unpublished) {
    if (!spool.enabled() || spool.enter(row, true) != Spool.Way.WAITS) {
      return false;
    }
    late.put(row, new SpoolStore.Late(row.id(), Spool.keyOf(row), unpublished));
    return true;
  }

  private CompletionStage<List<Submission>> spool(
      Map<NewTask, SpoolStore.Late> late, List<Submission> submissions) {
    if (late.isEmpty()) {
      return CompletableFuture.completedStage(submissions);
    }
    Set<String> ids = late.keySet().stream().map(NewTask::id).collect(Collectors.toSet());
    return spoolStore
        .spool(List.copyOf(late.values()))
        .handle(
            (done, failure) -> {
              spool.stored(List.copyOf(late.keySet()));
              if (failure == null) {
                return submissions;
              }
              return submissions.stream()
                  .map(
                      submission ->
                          submission instanceof Submission.Accepted(String id, String name, var s)
                                  && ids.contains(id)
                              ? new Submission.Refused(
                                  SubmitException.Unavailable.unknown(id, reason(failure)))
                              : submission)
                  .toList();
            });
  }

  private CompletionStage<Void> removeUnpublished(List<NewTask> unpublished) {
    if (unpublished.isEmpty()) {
      return CompletableFuture.completedStage(null);
    }
    return history
        .remove(unpublished)
        .handle(
            (done, failure) -> {
              if (failure != null) {
                LOG.errorf(
                    failure,
                    "%d tasks that were not published stay in the history as PENDING, the first: %s",
                    unpublished.size(),
                    unpublished.getFirst().id());
              }
              return null;
            });
  }

  /**
   * Notes what a further request under the same id has to know. Nobody waits for it: where it
   * fails, the claim runs out, and such a request publishes the task once more.
   */
  private void settle(List<String> confirmed, List<String> unclear) {
    if (!confirmed.isEmpty()) {
      history.confirm(confirmed).exceptionally(e -> noted("confirmed", confirmed, e));
    }
    if (!unclear.isEmpty()) {
      history.release(unclear).exceptionally(e -> noted("unclear", unclear, e));
    }
  }

  private static Integer noted(String what, List<String> ids, Throwable failure) {
    LOG.debugf(failure, "%d tasks were not noted as %s", ids.size(), what);
    return 0;
  }

  private static Submission instead(NewTask row, Conflict conflict) {
    return switch (conflict) {
      case Conflict.IdUsed ignored -> new Submission.Refused(new SubmitException.IdUsed(row.id()));
      case Conflict.IdClaimed ignored ->
          new Submission.Refused(new SubmitException.IdInUse(row.id()));
      case Conflict.Duplicate(String id, State state) ->
          new Submission.Duplicate(id, row.name(), state);
      case Conflict.KeyUsed(String id, String ignored, Optional<Instant> until) ->
          throw new IllegalStateException("answered before anything is published");
    };
  }

  static List<Submission> allRefused(Prepared prepared, Throwable failure) {
    String why = reason(failure);
    Submission refusal = new Submission.Refused(SubmitException.Unavailable.notTaken(why));
    // A commit whose answer was lost may have stored what is published by and by.
    return IntStream.range(0, prepared.size())
        .mapToObj(
            i ->
                prepared.spooled(i)
                    ? new Submission.Refused(
                        SubmitException.Unavailable.unknown(prepared.rows().get(i).id(), why))
                    : refusal)
        .toList();
  }

  static String reason(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return String.valueOf(cause.getMessage());
  }

  /** Those that wait for the broker stay: they are stored, and will be published. */
  private List<Submission> takeBack(
      Prepared prepared, Set<Integer> notStored, SubmitException.Unavailable why) {
    List<NewTask> stored = new ArrayList<>();
    List<Submission> answers = new ArrayList<>(prepared.size());
    for (int i = 0; i < prepared.size(); i++) {
      if (!notStored.contains(i) && prepared.spooled(i)) {
        answers.add(prepared.accepted(i));
        continue;
      }
      answers.add(new Submission.Refused(why));
      if (!notStored.contains(i)) {
        stored.add(prepared.rows().get(i));
      }
    }
    history
        .remove(stored)
        .exceptionally(
            e -> {
              LOG.errorf(e, "%d unpublished tasks stay in the history as PENDING", stored.size());
              return null;
            });
    return answers;
  }

  private static List<Submission> unknownAll(Prepared prepared) {
    return prepared.rows().stream()
        .<Submission>map(
            row ->
                new Submission.Refused(
                    SubmitException.Unavailable.unknown(row.id(), "no answer in time")))
        .toList();
  }
}
