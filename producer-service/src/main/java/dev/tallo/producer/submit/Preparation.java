package dev.tallo.producer.submit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.f4b6a3.uuid.UuidCreator;
import dev.tallo.messaging.broker.Delay;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.messaging.protocol.PythonRepr;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.TimeLimits;
import dev.tallo.producer.history.NewTask;
import dev.tallo.producer.history.StoredTask;
import dev.tallo.producer.history.TaskLimits;
import dev.tallo.producer.submit.TaskRequest.Moment;
import dev.tallo.security.mask.Masks;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** From requests to rows and messages, and back from a row to its request. */
@Singleton
final class Preparation {
  /** For people and other clients: not-a-number as text, which plain JSON has no other form for. */
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
                  .build())
          .build();

  private final Clock clock;
  private final Masks masks;
  private final String origin = "tallo-producer@" + hostName();

  Preparation(Clock clock, Masks masks) {
    this.clock = clock;
    this.masks = masks;
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  /**
   * New tasks, each under its own id or one that is made.
   *
   * @param claimed until when those of an id that their sender chose are claimed: it may come back
   *     with it
   */
  Prepared of(List<TaskRequest> requests, Instant claimed) {
    List<NewTask> rows = new ArrayList<>(requests.size());
    List<Publication> publications = new ArrayList<>(requests.size());
    Instant now = clock.instant();
    for (TaskRequest request : requests) {
      String id = request.id().orElseGet(() -> UuidCreator.getTimeOrderedEpoch().toString());
      NewTask row = row(id, request, now);
      rows.add(request.id().isPresent() ? row.claimedUntil(claimed) : row);
      publications.add(publication(row, request, now));
    }
    return new Prepared(rows, publications);
  }

  /** One task under this id. */
  Prepared of(TaskRequest request, String id) {
    Instant now = clock.instant();
    NewTask row = row(id, request, now);
    return new Prepared(List.of(row), List.of(publication(row, request, now)));
  }

  /** The message of a stored task, as it was when it was submitted. */
  Publication publication(StoredTask task) {
    return of(request(task), task.id()).publications().getFirst();
  }

  /**
   * The request that asks for the same again, without its id, its time of day, its keys and its
   * trace.
   *
   * @throws SubmitException.NotKnown if another client sent the task and not all of it is known
   */
  TaskRequest again(StoredTask task) {
    TaskRequest request = request(task);
    return new TaskRequest(
        Optional.empty(),
        request.task(),
        request.args(),
        request.kwargs(),
        request.queue(),
        request.priority(),
        Optional.empty(),
        Optional.empty(),
        Tracing.without(request.headers()),
        request.limits(),
        request.ignoreResult(),
        request.callbackUrl(),
        Optional.empty(),
        Optional.of(new NewTask.Rerun(task.id(), task.relations().rootId().orElse(task.id()))));
  }

  private static TaskRequest request(StoredTask task) {
    if (task.name().isEmpty() || task.args().isEmpty() || task.kwargs().isEmpty()) {
      throw new SubmitException.NotKnown(task.id());
    }
    return new TaskRequest(
        Optional.of(task.id()),
        task.name().get(),
        tree(task.args().get()) instanceof ArrayNode args
            ? args
            : JsonNodeFactory.instance.arrayNode(),
        tree(task.kwargs().get()) instanceof ObjectNode kwargs
            ? kwargs
            : JsonNodeFactory.instance.objectNode(),
        task.queue(),
        task.priority().orElse(TaskMessage.DEFAULT_PRIORITY),
        task.eta().map(Preparation::utc).map(Moment.At::new),
        task.expires().map(Preparation::utc).map(Moment.At::new),
        task.headers().map(Preparation::headers).orElse(Map.of()),
        task.limits(),
        task.ignoreResult(),
        task.callbackUrl(),
        Optional.empty(),
        task.rerunOf()
            .map(of -> new NewTask.Rerun(of, task.relations().rootId().orElse(task.id()))));
  }

  private static Map<String, Object> headers(String json) {
    Map<String, Object> headers = new LinkedHashMap<>();
    tree(json)
        .properties()
        .forEach(
            header -> {
              JsonNode value = header.getValue();
              headers.put(
                  header.getKey(),
                  value.isBoolean()
                      ? (Object) value.booleanValue()
                      : value.isInt()
                          ? (Object) value.intValue()
                          : value.isNumber() ? (Object) value.doubleValue() : value.asText());
            });
    return headers;
  }

  private static JsonNode tree(String json) {
    try {
      return CeleryJson.MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the history holds JSON that cannot be read", e);
    }
  }

  private static NewTask row(String id, TaskRequest request, Instant now) {
    OffsetDateTime nowWithOffset = utc(now);
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
        Optional.empty(),
        request.unique().map(u -> new NewTask.Uniqueness(u.key(), now.plus(u.atMost()))),
        request.rerun(),
        Optional.empty());
  }

  private Publication publication(NewTask row, TaskRequest request, Instant now) {
    TaskMessage.Builder message =
        TaskMessage.builder(row.id(), row.name())
            .args(request.args())
            .kwargs(request.kwargs())
            .priority(row.priority())
            .replyTo(Topology.RESULTS)
            .ignoreResult(row.ignoreResult())
            .origin(origin)
            .sentAt(now);
    if (masks.hidesArguments(Optional.of(row.name()))) {
      // What workers and monitors show of arguments is what the sender wrote of them here.
      message
          .argsRepr(PythonRepr.args(masks.args(row.name(), request.args())))
          .kwargsRepr(PythonRepr.kwargs(masks.kwargs(row.name(), request.kwargs())));
    }
    row.eta().map(Preparation::utc).ifPresent(message::eta);
    row.expires().map(Preparation::utc).ifPresent(message::expires);
    row.rerun().map(NewTask.Rerun::rootId).ifPresent(message::rootId);
    TaskLimits limits = row.limits();
    if (limits.timeLimit().isPresent() || limits.softTimeLimit().isPresent()) {
      message.timeLimits(new TimeLimits(limits.timeLimit(), limits.softTimeLimit()));
    }
    limits.retry().headers().forEach(message::header);
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
}
