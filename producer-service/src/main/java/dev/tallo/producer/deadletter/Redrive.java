package dev.tallo.producer.deadletter;

import com.rabbitmq.client.AMQP;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.DeadLetters;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.PublishException;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.producer.history.DeadLetter;
import dev.tallo.producer.history.DeadLetterFilter;
import dev.tallo.producer.history.DeadLetterStore;
import dev.tallo.producer.history.KeptDeadLetter;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends dead letters again: published and confirmed, then forgotten. Those that are sent at once
 * are sent in the order in which they were taken, a page of at most {@value #PAGE} letters and
 * {@value #PAGE_BYTES} bytes at a time. Each is claimed first, so that two who send the same do not
 * send it twice; a claim of one who died runs out.
 *
 * <p>What was put aside goes back to its queue; an unroutable task to where tasks are routed. The
 * headers that tell why it was put aside are left out, and the task's attempts count from 0 again.
 *
 * <p>Its methods block; to be called on virtual threads.
 */
@Singleton
public class Redrive {
  private static final int PAGE = 100;
  private static final long PAGE_BYTES = 8 << 20;
  private static final Duration PUBLISH_WITHIN = Duration.ofSeconds(10);
  private static final Duration STORE_WITHIN = Duration.ofSeconds(10);
  private static final Duration CLAIM = Duration.ofMinutes(1);

  /** Headers of ours that tell of the way to here. */
  private static final Set<String> OF_THE_WAY =
      Set.of(
          DeadLetters.REASON,
          DeadLetters.DETAIL,
          DeadLetters.BURIED_BY,
          DeadLetters.BURIED_AT,
          TaskHeaders.SENT_AT,
          "x-tallo-exchange",
          "x-tallo-routing-key",
          "x-tallo-unknown-since");

  private final DeadLetterStore store;
  private final Broker broker;
  private final Clock clock;
  private final Counter sent;

  Redrive(DeadLetterStore store, Broker broker, Clock clock, MeterRegistry registry) {
    this.store = store;
    this.broker = broker;
    this.clock = clock;
    sent =
        Counter.builder("tallo.dead-letters.redriven")
            .description("Dead letters that were sent again")
            .register(registry);
  }

  /**
   * What came of sending many.
   *
   * @param sent how many were sent
   * @param left how many are still here
   * @param why the first reason for it
   */
  public record Result(long sent, long left, Optional<String> why) {}

  /**
   * Sends one letter again.
   *
   * @return empty if there is no such letter, or somebody else is sending it
   * @throws RedriveException if it could not be sent
   */
  public Optional<KeptDeadLetter> one(long place) {
    Optional<KeptDeadLetter> letter = store.find(place).await().atMost(STORE_WITHIN);
    if (letter.isEmpty() || !claim(List.of(place)).contains(place)) {
      return Optional.empty();
    }
    Optional<RedriveException> failure = send(List.of(letter.get())).getFirst();
    if (failure.isPresent()) {
      throw failure.get();
    }
    return letter;
  }

  /**
   * Sends those that the filter takes, and that are here now. One that cannot be sent is left; when
   * the broker takes none, the rest is left.
   */
  public Result all(DeadLetterFilter filter) {
    DeadLetterStore.Total total = store.total(filter).await().atMost(STORE_WITHIN);
    long after = Long.MIN_VALUE;
    long done = 0;
    Optional<String> why = Optional.empty();
    while (true) {
      List<DeadLetterStore.Place> places =
          bounded(store.oldest(filter, after, total.newest(), PAGE).await().atMost(STORE_WITHIN));
      if (places.isEmpty()) {
        break;
      }
      after = places.getLast().seq();
      Set<Long> claimed = claim(places.stream().map(DeadLetterStore.Place::seq).toList());
      List<KeptDeadLetter> letters = new ArrayList<>();
      for (DeadLetterStore.Place place : places) {
        if (claimed.contains(place.seq())) {
          store.find(place.seq()).await().atMost(STORE_WITHIN).ifPresent(letters::add);
        }
      }
      boolean stop = false;
      for (Optional<RedriveException> failure : send(letters)) {
        if (failure.isEmpty()) {
          done++;
        } else {
          why = why.or(() -> Optional.of(String.valueOf(failure.get().getMessage())));
          stop |= failure.get().brokerAway();
        }
      }
      if (stop) {
        break;
      }
    }
    return new Result(done, Math.max(0, total.letters() - done), why);
  }

  /** As many as a page may have bytes, one at least. */
  private static List<DeadLetterStore.Place> bounded(List<DeadLetterStore.Place> places) {
    long bytes = 0;
    for (int i = 0; i < places.size(); i++) {
      bytes += places.get(i).bytes();
      if (bytes > PAGE_BYTES) {
        return places.subList(0, Math.max(1, i));
      }
    }
    return places;
  }

  private Set<Long> claim(List<Long> places) {
    return done(store.claim(places, clock.instant().plus(CLAIM)));
  }

  /** Sends claimed letters, in their order; tells of each why it could not be sent. */
  private List<Optional<RedriveException>> send(List<KeptDeadLetter> letters) {
    List<Optional<CompletionStage<Void>>> underWay = new ArrayList<>();
    List<Optional<RedriveException>> failures = new ArrayList<>();
    for (KeptDeadLetter letter : letters) {
      try {
        Publication publication = publication(letter);
        underWay.add(
            Optional.of(
                broker
                    .publisher()
                    .publishUntil(publication, PUBLISH_WITHIN)
                    .subscribeAsCompletionStage()));
        failures.add(Optional.empty());
      } catch (RedriveException e) {
        underWay.add(Optional.empty());
        failures.add(Optional.of(e));
      }
    }
    List<Long> gone = new ArrayList<>();
    List<Long> here = new ArrayList<>();
    for (int i = 0; i < letters.size(); i++) {
      if (underWay.get(i).isPresent()) {
        failures.set(i, failure(letters.get(i), underWay.get(i).get()));
      }
      (failures.get(i).isEmpty() ? gone : here).add(letters.get(i).seq());
    }
    done(store.sent(gone));
    sent.increment(gone.size());
    if (!here.isEmpty()) {
      done(store.release(here));
    }
    return failures;
  }

  private Publication publication(KeptDeadLetter letter) {
    if (letter.truncated()) {
      throw RedriveException.refused(
          "only the head of its body is kept, as it was too large to be read");
    }
    if (letter.source() == DeadLetter.Source.UNROUTABLE && letter.task().isEmpty()) {
      throw RedriveException.refused("it cannot be read as a task to be routed");
    }
    byte[] body =
        store
            .body(letter.seq(), Math.toIntExact(letter.bodyKept()))
            .await()
            .atMost(STORE_WITHIN)
            .orElseThrow(() -> RedriveException.refused("it was deleted meanwhile"));
    AmqpMessage message =
        new AmqpMessage(properties(PropertiesJson.read(letter.properties())), body);
    return switch (letter.source()) {
      case UNROUTABLE -> new Publication(Topology.TASKS, letter.task().orElseThrow(), message);
      case DEAD, UNDELIVERABLE ->
          letter.queue().startsWith(Topology.RESERVED_PREFIX)
              ? new Publication("", letter.queue(), message)
              : new Publication(Topology.WORK, letter.queue(), message);
    };
  }

  private static AMQP.BasicProperties properties(AMQP.BasicProperties properties) {
    Map<String, Object> headers =
        new HashMap<>(Optional.ofNullable(properties.getHeaders()).orElse(Map.of()));
    headers.keySet().removeIf(name -> TaskHeaders.isBrokersOwn(name) || OF_THE_WAY.contains(name));
    headers.replaceAll((name, value) -> name.equals("retries") ? 0 : value);
    return properties
        .builder()
        .headers(headers)
        .deliveryMode(2)
        .expiration(null)
        .userId(null)
        .messageId(
            Optional.ofNullable(properties.getMessageId())
                .orElseGet(() -> UUID.randomUUID().toString()))
        .build();
  }

  private static Optional<RedriveException> failure(
      KeptDeadLetter letter, CompletionStage<Void> publication) {
    try {
      publication
          .toCompletableFuture()
          .orTimeout(2 * PUBLISH_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
          .join();
      return Optional.empty();
    } catch (CompletionException e) {
      return Optional.of(
          switch (e.getCause()) {
            case PublishException.Unroutable gone ->
                RedriveException.refused(
                    letter.source() == DeadLetter.Source.UNROUTABLE
                        ? "nobody takes tasks to be routed: " + gone.getMessage()
                        : "there is no queue '%s' any more".formatted(letter.queue()));
            case PublishException.Rejected full -> RedriveException.full(letter.queue());
            case PublishException.Unencodable broken ->
                RedriveException.refused(String.valueOf(broken.getMessage()));
            case TimeoutException late -> RedriveException.away("no confirm in time");
            case Throwable other -> RedriveException.away(String.valueOf(other.getMessage()));
          });
    }
  }

  private static <T> T done(CompletionStage<T> stage) {
    return Uni.createFrom().completionStage(stage).await().atMost(STORE_WITHIN);
  }
}
