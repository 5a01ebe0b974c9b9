package dev.tallo.producer.submit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.github.f4b6a3.uuid.UuidCreator;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerStatus;
import dev.tallo.messaging.broker.Delay;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.TimeLimits;
import dev.tallo.producer.history.Conflict;
import dev.tallo.producer.history.History;
import dev.tallo.producer.history.NewTask;
import dev.tallo.producer.history.TaskLimits;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Submits tasks: PENDING in the history, committed; then published and confirmed; then answered.
 * Thus no replica answers 404 for an accepted task, and an outcome finds its row.
 *
 * <p>What is submitted together shares a commit and a deadline. A task that was certainly not
 * published leaves the history again before it is answered; one of which that is not known stays
 * there as PENDING.
 */
@Singleton
public class Submitter {
  private static final Logger LOG = Logger.getLogger(Submitter.class);
  private static final Duration SHORTEST_DEADLINE = Duration.ofMillis(100);

  /** After its deadline a request may still be about to publish, but not for longer than this. */
  private static final Duration CLAIM_MARGIN = Duration.ofSeconds(2);

  /** Header of ours: how many attempts may follow the first. */
  private static final String MAX_RETRIES_HEADER = "x-tallo-max-retries";

  /** For people and other clients: not-a-number as text, which plain JSON has no other form for. */
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
                  .build())
          .build();

  private final History history;
  private final Broker broker;
  private final DelayedQueues queues;
  private final SubmitConfig config;
  private final Clock clock;
  private final String origin;
  private final Counter accepted;
  private final Counter refused;
  private final Counter unknown;
  private final Counter repeated;

  Submitter(
      History history, Broker broker, SubmitConfig config, Clock clock, MeterRegistry registry) {
    this.history = history;
    this.broker = broker;
    queues = new DelayedQueues(broker);
    this.config = config;
    require("tallo.submit.deadline", config.deadline());
    require("tallo.submit.batch-deadline", config.batchDeadline());
    this.clock = clock;
    origin = "tallo-producer@" + hostName();
    accepted = counter(registry, "accepted");
    refused = counter(registry, "refused");
    unknown = counter(registry, "unknown");
    repeated = counter(registry, "repeated");
  }

  private static void require(String property, Duration deadline) {
    if (deadline.compareTo(SHORTEST_DEADLINE) < 0) {
      throw new IllegalArgumentException(
          property + " is " + deadline + ", but has to be PT0.1S or longer");
    }
  }

  private static Counter counter(MeterRegistry registry, String outcome) {
    return Counter.builder("tallo.submitted")
        .description("Tasks submitted over HTTP, by what became of the submission")
        .tag("outcome", outcome)
        .register(registry);
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  /** Why nothing can be submitted now, as far as that is known without trying. */
  public Optional<SubmitException.Unavailable> unavailable() {
    BrokerStatus status = broker.status();
    if (status.usable()) {
      return Optional.empty();
    }
    return Optional.of(
        SubmitException.Unavailable.notTaken(
            status
                .blockedReason()
                .map(reason -> "the broker takes no messages now (" + reason + ")")
                .orElse("the broker cannot be reached")));
  }

  /** Submits one task; the stage completes within the deadline and never fails. Does not block. */
  public CompletionStage<Submission> submit(TaskRequest request) {
    return submit(List.of(request), config.deadline()).thenApply(List::getFirst);
  }

  /**
   * Submits tasks of a batch together; the stage completes within the batch deadline with what
   * became of each, in their order, and never fails. Does not block.
   */
  public CompletionStage<List<Submission>> submitAll(List<TaskRequest> requests) {
    return submit(requests, config.batchDeadline());
  }

  /**
   * Submits one task, once for all requests of the same key; the stage completes within the
   * deadline and never fails. Does not block.
   */
  public CompletionStage<Submission> submit(TaskRequest request, IdempotencyKey key) {
    Instant claimed = clock.instant().plus(config.deadline()).plus(CLAIM_MARGIN);
    NewTask.Claim claim = new NewTask.Claim(key.key(), key.fingerprint(), claimed);
    return submit(
            List.of(request),
            config.deadline(),
            (prepared, deadline, answer) ->
                new KeyedSubmission(
                        this, history, clock, prepared, id -> prepare(request, id), claim, deadline)
                    .run(answer))
        .thenApply(List::getFirst);
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
    Optional<SubmitException.Unavailable> away = unavailable();
    if (away.isPresent()) {
      refused.increment(requests.size());
      return CompletableFuture.completedStage(
          requests.stream().<Submission>map(r -> new Submission.Refused(away.get())).toList());
    }
    long deadline = System.nanoTime() + atMost.toNanos();
    Prepared prepared = prepare(requests);
    CompletableFuture<List<Submission>> answer = new CompletableFuture<>();
    queues
        .missing(requests)
        .whenComplete(
            (missing, failure) -> {
              if (failure != null) {
                answer.complete(allRefused(prepared, failure));
              } else if (missing.isEmpty()) {
                way.go(prepared, deadline, answer);
              } else {
                goWithout(missing, prepared, deadline, way, answer);
              }
            });
    return answer
        .orTimeout(atMost.toMillis() + 500, TimeUnit.MILLISECONDS)
        .exceptionally(timeout -> unknownAll(prepared))
        .thenApply(this::counted);
  }

  /** Refuses those whose queue is not there, and has the others go their way. */
  private static void goWithout(
      Set<String> missing,
      Prepared prepared,
      long deadline,
      Way way,
      CompletableFuture<List<Submission>> answer) {
    List<NewTask> rows = new ArrayList<>();
    List<Publication> publications = new ArrayList<>();
    for (int i = 0; i < prepared.rows.size(); i++) {
      if (!lacksQueue(prepared.rows.get(i), missing)) {
        rows.add(prepared.rows.get(i));
        publications.add(prepared.publications.get(i));
      }
    }
    CompletableFuture<List<Submission>> others = new CompletableFuture<>();
    others.thenAccept(
        submissions -> {
          Iterator<Submission> next = submissions.iterator();
          answer.complete(
              prepared.rows.stream()
                  .map(
                      row ->
                          lacksQueue(row, missing)
                              ? new Submission.Refused(
                                  new SubmitException.UnknownQueue(row.queue().orElseThrow()))
                              : next.next())
                  .toList());
        });
    if (rows.isEmpty()) {
      others.complete(List.of());
    } else {
      way.go(new Prepared(rows, publications), deadline, others);
    }
  }

  private static boolean lacksQueue(NewTask row, Set<String> missing) {
    return row.eta().isPresent() && row.queue().filter(missing::contains).isPresent();
  }

  /** Stores the tasks, then publishes those that were stored. */
  private void store(Prepared prepared, long deadline, CompletableFuture<List<Submission>> answer) {
    history
        .insert(prepared.rows)
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
                publish(prepared, conflicts, deadline, answer);
              }
            });
  }

  /** Rows of the history and their messages. */
  record Prepared(List<NewTask> rows, List<Publication> publications) {
    Submission.Accepted accepted(int i) {
      return new Submission.Accepted(rows.get(i).id(), rows.get(i).name());
    }
  }

  private Prepared prepare(List<TaskRequest> requests) {
    List<NewTask> rows = new ArrayList<>(requests.size());
    List<Publication> publications = new ArrayList<>(requests.size());
    Instant now = clock.instant();
    for (TaskRequest request : requests) {
      String id = request.id().orElseGet(() -> UuidCreator.getTimeOrderedEpoch().toString());
      NewTask row = row(id, request, now);
      rows.add(row);
      publications.add(publication(row, request, now));
    }
    return new Prepared(rows, publications);
  }

  /** One task under this id. */
  private Prepared prepare(TaskRequest request, String id) {
    Instant now = clock.instant();
    NewTask row = row(id, request, now);
    return new Prepared(List.of(row), List.of(publication(row, request, now)));
  }

  private static NewTask row(String id, TaskRequest request, Instant now) {
    OffsetDateTime nowWithOffset = now.atOffset(ZoneOffset.UTC);
    return new NewTask(
        id,
        request.task(),
        now,
        json(request.args()),
        json(request.kwargs()),
        request.queue(),
        request.priority(),
        request.headers().isEmpty()
            ? Optional.empty()
            : Optional.of(json(JSON.valueToTree(request.headers()))),
        request.eta().map(eta -> eta.from(nowWithOffset).toInstant()),
        request.expires().map(expires -> expires.from(nowWithOffset).toInstant()),
        request.limits(),
        request.ignoreResult(),
        request.callbackUrl(),
        Optional.empty(),
        request.unique().map(u -> new NewTask.Uniqueness(u.key(), now.plus(u.atMost()))));
  }

  private Publication publication(NewTask row, TaskRequest request, Instant now) {
    TaskMessage.Builder message =
        TaskMessage.builder(row.id(), row.name())
            .args(request.args())
            .kwargs(request.kwargs())
            .priority(row.priority())
            .replyTo(Topology.RESULTS)
            .ignoreResult(row.ignoreResult())
            .origin(origin);
    row.eta().map(Submitter::utc).ifPresent(message::eta);
    row.expires().map(Submitter::utc).ifPresent(message::expires);
    TaskLimits limits = row.limits();
    if (limits.timeLimit().isPresent() || limits.softTimeLimit().isPresent()) {
      message.timeLimits(new TimeLimits(limits.timeLimit(), limits.softTimeLimit()));
    }
    limits.maxRetries().ifPresent(most -> message.header(MAX_RETRIES_HEADER, most));
    request.headers().forEach(message::header);
    return Delay.publication(
        row.queue(), row.name(), row.eta(), now, TaskCodec.encode(message.build()));
  }

  private static OffsetDateTime utc(Instant time) {
    return time.atOffset(ZoneOffset.UTC);
  }

  private static String json(JsonNode node) {
    try {
      return node.isEmpty() ? (node.isArray() ? "[]" : "{}") : JSON.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can always be written", e);
    }
  }

  /** Publishes those that were stored; answers with what became of each. */
  void publish(
      Prepared prepared,
      Map<Integer, Conflict> conflicts,
      long deadline,
      CompletableFuture<List<Submission>> answer) {
    BitSet skipped = new BitSet(prepared.rows.size());
    conflicts.keySet().forEach(skipped::set);
    new PublishRound(broker.publisher(), prepared.publications, skipped, deadline)
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
    List<String> unpublished = new ArrayList<>(0);
    for (int i = 0; i < outcomes.size(); i++) {
      NewTask row = prepared.rows.get(i);
      submissions.add(
          switch (outcomes.get(i)) {
            case PublishRound.Confirmed ignored -> prepared.accepted(i);
            case PublishRound.Skipped ignored -> instead(row, conflicts.get(i));
            case PublishRound.Unknown(String why) -> {
              LOG.warnf("task %s: it is not known whether the broker took it: %s", row.id(), why);
              yield new Submission.Refused(SubmitException.Unavailable.unknown(row.id(), why));
            }
            case PublishRound.Unpublished(String why) -> {
              unpublished.add(row.id());
              yield new Submission.Refused(SubmitException.Unavailable.notTaken(why));
            }
            case PublishRound.Unroutable(String why) -> {
              unpublished.add(row.id());
              yield new Submission.Refused(
                  row.queue().isPresent()
                      ? new SubmitException.UnknownQueue(row.queue().get())
                      : SubmitException.Unavailable.notTaken(why));
            }
          });
    }
    if (unpublished.isEmpty()) {
      answer.complete(submissions);
      return;
    }
    history
        .remove(unpublished)
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                LOG.errorf(
                    failure,
                    "%d tasks that were not published stay in the history as PENDING, the first: %s",
                    unpublished.size(),
                    unpublished.getFirst());
              }
              answer.complete(submissions);
            });
  }

  private static Submission instead(NewTask row, Conflict conflict) {
    return switch (conflict) {
      case Conflict.IdUsed ignored -> new Submission.Refused(new SubmitException.IdUsed(row.id()));
      case Conflict.Duplicate(String id, State state) ->
          new Submission.Duplicate(id, row.name(), state);
      case Conflict.KeyUsed(String id, String ignored, Optional<Instant> until) ->
          throw new IllegalStateException("answered before anything is published");
    };
  }

  static List<Submission> allRefused(Prepared prepared, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    Submission refusal =
        new Submission.Refused(
            SubmitException.Unavailable.notTaken(String.valueOf(cause.getMessage())));
    return prepared.rows.stream().map(row -> refusal).toList();
  }

  private List<Submission> takeBack(
      Prepared prepared, Set<Integer> notStored, SubmitException.Unavailable why) {
    List<String> stored = new ArrayList<>();
    for (int i = 0; i < prepared.rows.size(); i++) {
      if (!notStored.contains(i)) {
        stored.add(prepared.rows.get(i).id());
      }
    }
    history
        .remove(stored)
        .exceptionally(
            e -> {
              LOG.errorf(e, "%d unpublished tasks stay in the history as PENDING", stored.size());
              return null;
            });
    return prepared.rows.stream().<Submission>map(row -> new Submission.Refused(why)).toList();
  }

  private static List<Submission> unknownAll(Prepared prepared) {
    return prepared.rows.stream()
        .<Submission>map(
            row ->
                new Submission.Refused(
                    SubmitException.Unavailable.unknown(row.id(), "no answer in time")))
        .toList();
  }

  private List<Submission> counted(List<Submission> submissions) {
    int taken = 0;
    int unclear = 0;
    int already = 0;
    for (Submission submission : submissions) {
      switch (submission) {
        case Submission.Accepted ignored -> taken++;
        case Submission.Replayed ignored -> already++;
        case Submission.Duplicate ignored -> already++;
        case Submission.Refused(SubmitException.Unavailable e) when e.unknownId().isPresent() ->
            unclear++;
        case Submission.Refused ignored -> {}
      }
    }
    accepted.increment(taken);
    unknown.increment(unclear);
    repeated.increment(already);
    refused.increment(submissions.size() - taken - unclear - already);
    return submissions;
  }
}
