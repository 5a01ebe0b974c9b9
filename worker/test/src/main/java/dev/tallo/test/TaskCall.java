package dev.tallo.test;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.messaging.protocol.TaskMessage;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A call of a task, as a client would send it. Every setter may be left out; for one thread.
 *
 * <p>Arguments are made JSON by the application's {@code ObjectMapper}, or given as JSON; the task
 * gets what it would get from a message. All runs of one call have the same id, as the deliveries
 * of one message have.
 */
public final class TaskCall {
  private final LocalRuns here;
  private final BrokerRuns broker;
  private final ObjectMapper mapper;
  private final TaskMessage.Builder message;
  private final String name;
  private final ArrayNode args = CeleryJson.MAPPER.createArrayNode();
  private final ObjectNode kwargs = CeleryJson.MAPPER.createObjectNode();
  private String queue = "default";
  private boolean redelivered;
  private Duration patience = Duration.ofSeconds(30);

  TaskCall(String name, LocalRuns here, BrokerRuns broker, ObjectMapper mapper) {
    this.name = name;
    this.here = here;
    this.broker = broker;
    this.mapper = mapper;
    message = TaskMessage.builder(UUID.randomUUID().toString(), name);
  }

  /** Adds arguments by position. */
  public TaskCall args(@Nullable Object... values) {
    for (Object value : values) {
      args.add(mapper.<JsonNode>valueToTree(value));
    }
    return this;
  }

  /** Adds arguments by position, as a JSON list: {@code [2, {"__type__": …}]}. */
  public TaskCall argsJson(String list) {
    if (!(parse(list) instanceof ArrayNode values)) {
      throw new IllegalArgumentException("a JSON list is needed, not " + list);
    }
    args.addAll(values);
    return this;
  }

  /** Adds an argument by name. */
  public TaskCall kwarg(String argument, @Nullable Object value) {
    kwargs.set(argument, mapper.<JsonNode>valueToTree(value));
    return this;
  }

  /** Adds a header of the sender's. */
  public TaskCall header(String header, @Nullable Object value) {
    message.header(header, value);
    return this;
  }

  /** Which attempt it is, from 1; default 1. */
  public TaskCall attempt(int number) {
    if (number < 1) {
      throw new IllegalArgumentException("attempt: 1 or more, not " + number);
    }
    message.retries(number - 1);
    return this;
  }

  /** The queue that it comes from; default {@code default}. */
  public TaskCall queue(String value) {
    if (!Names.isQueueName(value)) {
      throw new IllegalArgumentException(
          "queue: 1 to %d of the characters A-Z a-z 0-9 _ . : -, not '%s'"
              .formatted(Names.MAX_QUEUE_NAME, value));
    }
    queue = value;
    return this;
  }

  /** From when on it is not run any more: its state is REVOKED then. */
  public TaskCall expires(Instant at) {
    message.expires(at.atOffset(ZoneOffset.UTC));
    return this;
  }

  /** Before which it is not run: its state is PENDING until then. */
  public TaskCall eta(Instant at) {
    message.eta(at.atOffset(ZoneOffset.UTC));
    return this;
  }

  /** The broker handed it out before, to a worker that died, say. In this process only. */
  public TaskCall redelivered() {
    redelivered = true;
    return this;
  }

  /** How long it may take, in real time; default 30 seconds. */
  public TaskCall within(Duration atMost) {
    patience = atMost;
    return this;
  }

  /**
   * Runs it in this process, on a virtual thread of its own, and waits for its end.
   *
   * @throws IllegalArgumentException if the application has no such task
   * @throws AssertionError if it does not end in time; its thread is interrupted then
   */
  public TaskRun run() {
    return here.run(this);
  }

  /**
   * Sends it to the application's worker by way of the {@link PrivateBroker} and waits for its
   * outcome. An ETA is waited for in real time.
   *
   * @throws IllegalStateException if the test has no private broker, or the worker does not take
   *     from the queue
   * @throws AssertionError if there is no outcome in time
   */
  public TaskRun send() {
    return broker.run(this);
  }

  TaskMessage message() {
    return message.args(args.deepCopy()).kwargs(kwargs.deepCopy()).build();
  }

  String name() {
    return name;
  }

  String queue() {
    return queue;
  }

  boolean isRedelivered() {
    return redelivered;
  }

  Duration patience() {
    return patience;
  }

  private static JsonNode parse(String json) {
    try {
      return CeleryJson.MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + json, e);
    }
  }
}
