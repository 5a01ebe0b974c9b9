package dev.tallo.producer.submit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.github.f4b6a3.uuid.UuidCreator;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerStatus;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.producer.history.History;
import dev.tallo.producer.history.NewTask;
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
import java.util.List;
import java.util.Optional;
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

  /** For people and other clients: not-a-number as text, which plain JSON has no other form for. */
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
                  .build())
          .build();

  private final History history;
  private final Broker broker;
  private final SubmitConfig config;
  private final Clock clock;
  private final String origin;
  private final Counter accepted;
  private final Counter refused;
  private final Counter unknown;

  Submitter(
      History history, Broker broker, SubmitConfig config, Clock clock, MeterRegistry registry) {
    this.history = history;
    this.broker = broker;
    this.config = config;
    require("tallo.submit.deadline", config.deadline());
    require("tallo.submit.batch-deadline", config.batchDeadline());
    this.clock = clock;
    origin = "tallo-producer@" + hostName();
    accepted = counter(registry, "accepted");
    refused = counter(registry, "refused");
    unknown = counter(registry, "unknown");
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

  private CompletionStage<List<Submission>> submit(List<TaskRequest> requests, Duration atMost) {
    Optional<SubmitException.Unavailable> away = unavailable();
    if (away.isPresent()) {
      refused.increment(requests.size());
      return CompletableFuture.completedStage(
          requests.stream().<Submission>map(r -> new Submission.Refused(away.get())).toList());
    }
    long deadline = System.nanoTime() + atMost.toNanos();
    Prepared prepared = prepare(requests);
    CompletableFuture<List<Submission>> answer = new CompletableFuture<>();
    history
        .insert(prepared.rows)
        .whenComplete(
            (used, failure) -> {
              if (failure != null) {
                answer.complete(allRefused(prepared, failure));
              } else if (System.nanoTime() - deadline >= 0) {
                // Answered already: nobody may find these as if they were on their way.
                answer.complete(
                    takeBack(
                        prepared,
                        used,
                        SubmitException.Unavailable.notTaken("the history is too slow")));
              } else {
                publish(prepared, used, deadline, answer);
              }
            });
    return answer
        .orTimeout(atMost.toMillis() + 500, TimeUnit.MILLISECONDS)
        .exceptionally(timeout -> unknownAll(prepared))
        .thenApply(this::counted);
  }

  private record Prepared(List<NewTask> rows, List<Publication> publications) {
    Submission.Accepted accepted(int i) {
      return new Submission.Accepted(rows.get(i).id(), rows.get(i).name());
    }
  }

  private Prepared prepare(List<TaskRequest> requests) {
    List<NewTask> rows = new ArrayList<>(requests.size());
    List<Publication> publications = new ArrayList<>(requests.size());
    Instant now = clock.instant();
    OffsetDateTime nowWithOffset = now.atOffset(ZoneOffset.UTC);
    for (TaskRequest request : requests) {
      String id = request.id().orElseGet(() -> UuidCreator.getTimeOrderedEpoch().toString());
      Optional<OffsetDateTime> expires = request.expires().map(e -> e.from(nowWithOffset));
      rows.add(
          new NewTask(
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
              expires.map(OffsetDateTime::toInstant),
              request.ignoreResult()));
      TaskMessage.Builder message =
          TaskMessage.builder(id, request.task())
              .args(request.args())
              .kwargs(request.kwargs())
              .priority(request.priority())
              .replyTo(Topology.RESULTS)
              .ignoreResult(request.ignoreResult())
              .origin(origin);
      expires.ifPresent(message::expires);
      request.headers().forEach(message::header);
      publications.add(
          new Publication(
              request.queue().isPresent() ? Topology.WORK : Topology.TASKS,
              request.queue().orElse(request.task()),
              TaskCodec.encode(message.build())));
    }
    return new Prepared(rows, publications);
  }

  private static String json(JsonNode node) {
    try {
      return node.isEmpty() ? (node.isArray() ? "[]" : "{}") : JSON.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can always be written", e);
    }
  }

  private void publish(
      Prepared prepared, BitSet used, long deadline, CompletableFuture<List<Submission>> answer) {
    PublishRound round =
        new PublishRound(broker.publisher(), prepared.publications, used, deadline);
    round
        .run()
        .whenComplete(
            (outcomes, failure) -> {
              if (failure != null) {
                LOG.error("publishing failed in an unforeseen way", failure);
                answer.complete(unknownAll(prepared));
                return;
              }
              conclude(prepared, outcomes, answer);
            });
  }

  private void conclude(
      Prepared prepared,
      List<PublishRound.Outcome> outcomes,
      CompletableFuture<List<Submission>> answer) {
    List<Submission> submissions = new ArrayList<>(outcomes.size());
    List<String> unpublished = new ArrayList<>(0);
    for (int i = 0; i < outcomes.size(); i++) {
      NewTask row = prepared.rows.get(i);
      submissions.add(
          switch (outcomes.get(i)) {
            case PublishRound.Confirmed ignored -> prepared.accepted(i);
            case PublishRound.Skipped ignored ->
                new Submission.Refused(new SubmitException.IdUsed(row.id()));
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

  private List<Submission> allRefused(Prepared prepared, Throwable failure) {
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
      Prepared prepared, BitSet used, SubmitException.Unavailable why) {
    List<String> stored = new ArrayList<>();
    for (int i = 0; i < prepared.rows.size(); i++) {
      if (!used.get(i)) {
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
    for (Submission submission : submissions) {
      switch (submission) {
        case Submission.Accepted ignored -> taken++;
        case Submission.Refused(SubmitException.Unavailable e) when e.unknownId().isPresent() ->
            unclear++;
        case Submission.Refused ignored -> {}
      }
    }
    accepted.increment(taken);
    unknown.increment(unclear);
    refused.increment(submissions.size() - taken - unclear);
    return submissions;
  }
}
