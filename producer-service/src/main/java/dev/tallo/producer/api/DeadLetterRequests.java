package dev.tallo.producer.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tallo.problem.Problem;
import dev.tallo.problem.ProblemException;
import dev.tallo.producer.api.DeadLetterView.DeleteResult;
import dev.tallo.producer.api.DeadLetterView.RedriveResult;
import dev.tallo.producer.api.DeadLetterView.Redriven;
import dev.tallo.producer.deadletter.Deletion;
import dev.tallo.producer.deadletter.Redrive;
import dev.tallo.producer.deadletter.RedriveException;
import dev.tallo.producer.history.DeadLetter;
import dev.tallo.producer.history.DeadLetterFilter;
import dev.tallo.producer.history.DeadLetterStore;
import dev.tallo.producer.history.KeptDeadLetter;
import dev.tallo.security.mask.Masks;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** What the resources of dead letters have in common; its methods block. */
@Singleton
class DeadLetterRequests {
  /** Most bytes of a body that are shown. */
  static final int SHOWN = 256 * 1024;

  private static final int DELETED_AT_ONCE = 500;
  private static final Duration STORE_WITHIN = Duration.ofSeconds(10);

  private final DeadLetterStore store;
  private final Redrive redrive;
  private final Deletion deletion;
  private final Masks masks;
  private final ObjectMapper mapper;

  DeadLetterRequests(
      DeadLetterStore store, Redrive redrive, Deletion deletion, Masks masks, ObjectMapper mapper) {
    this.store = store;
    this.redrive = redrive;
    this.deletion = deletion;
    this.masks = masks;
    this.mapper = mapper;
  }

  Uni<DeadLetterView.Page> list(DeadLetterQuery.Page page) {
    return store
        .list(page.filter(), page.before(), page.limit())
        .map(found -> DeadLetterView.Page.of(found, masks));
  }

  /** A letter and its body. */
  Uni<DeadLetterView.WithBody> find(String id) {
    long place = place(id);
    return store
        .find(place)
        .flatMap(
            letter -> {
              KeptDeadLetter found = letter.orElseThrow(() -> unknown(id));
              return store
                  .body(place, SHOWN)
                  .map(body -> withBody(found, body.orElseThrow(() -> unknown(id))));
            });
  }

  private DeadLetterView.WithBody withBody(KeptDeadLetter letter, byte[] body) {
    boolean cut = body.length < letter.bodySize();
    boolean hidden = masks.hidesArguments(letter.task());
    Optional<JsonNode> json =
        (cut ? Optional.<JsonNode>empty() : json(body))
            .flatMap(tree -> masks.body(letter.task(), tree));
    return new DeadLetterView.WithBody(
        DeadLetterView.of(letter, masks),
        letter.exchange(),
        letter.routingKey(),
        masks.properties(letter.task(), letter.properties()),
        json.map(JsonNode::toString).orElse(null),
        json.isPresent() || hidden ? null : Base64.getEncoder().encodeToString(body),
        cut ? true : null,
        hidden ? true : null);
  }

  private Optional<JsonNode> json(byte[] body) {
    try {
      JsonNode tree =
          mapper.readTree(
              StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString());
      return Optional.ofNullable(tree).filter(found -> !found.isMissingNode());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  Redriven redriveOne(String id) {
    try {
      KeptDeadLetter sent = redrive.one(place(id)).orElseThrow(() -> unknown(id));
      return new Redriven(
          id,
          sent.source() == DeadLetter.Source.UNROUTABLE ? null : sent.queue(),
          sent.taskId().orElse(null));
    } catch (RedriveException e) {
      throw problem(e).exception();
    }
  }

  RedriveResult redriveAll(DeadLetterFilter filter) {
    requireSome(filter);
    Redrive.Result result = redrive.all(filter);
    return new RedriveResult(
        result.sent(), result.left(), result.left() == 0 ? null : result.why().orElse(null));
  }

  void deleteOne(String id) {
    if (delete(List.of(place(id))) == 0) {
      throw unknown(id);
    }
  }

  DeleteResult deleteAll(DeadLetterFilter filter) {
    DeadLetterStore.Total total = requireSome(filter);
    long deleted = 0;
    while (true) {
      List<Long> page =
          store
              .oldest(filter, Long.MIN_VALUE, total.newest(), DELETED_AT_ONCE)
              .await()
              .atMost(STORE_WITHIN)
              .stream()
              .map(DeadLetterStore.Place::seq)
              .toList();
      if (page.isEmpty()) {
        return new DeleteResult(deleted);
      }
      deleted += delete(page);
    }
  }

  private int delete(List<Long> places) {
    try {
      return deletion.of(places);
    } catch (RedriveException e) {
      throw problem(e).exception();
    }
  }

  private DeadLetterStore.Total requireSome(DeadLetterFilter filter) {
    DeadLetterStore.Total total = store.total(filter).await().atMost(STORE_WITHIN);
    if (total.letters() == 0) {
      throw Problem.of(
              "no-dead-letters",
              404,
              "There are no such dead letters",
              "None is as the request says; nothing was changed.")
          .exception();
    }
    return total;
  }

  private static Problem problem(RedriveException e) {
    String why = String.valueOf(e.getMessage());
    return switch (e.kind()) {
      case REFUSED ->
          Problem.of(
              "not-redrivable",
              422,
              "The dead letter cannot be sent again",
              "It stays where it is: " + why + ".");
      case FULL ->
          Problem.of("queue-full", 429, "The queue is full", "It stays where it is: " + why + ".");
      case BROKER_AWAY ->
          Problem.of(
              "unavailable",
              503,
              "The broker takes nothing now",
              "It stays where it is: " + why + ".");
    };
  }

  private static long place(String id) {
    try {
      return Long.parseLong(id);
    } catch (NumberFormatException e) {
      throw unknown(id);
    }
  }

  private static ProblemException unknown(String id) {
    return Problem.of(
            "unknown-dead-letter",
            404,
            "There is no such dead letter",
            "There is no dead letter '%s', or it is being sent."
                .formatted(id.length() <= 30 ? id : id.substring(0, 30) + "…"))
        .exception();
  }
}
