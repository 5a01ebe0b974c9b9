package dev.tallo.messaging.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.rabbitmq.client.AMQP;
import dev.tallo.messaging.control.ControlCommand.LimitTask;
import dev.tallo.messaging.control.ControlCommand.Mark;
import dev.tallo.messaging.control.ControlCommand.PauseQueue;
import dev.tallo.messaging.control.ControlCommand.ResumeQueue;
import dev.tallo.messaging.control.ControlCommand.Revoke;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.messaging.protocol.Rate;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * Control commands as JSON: {@code {"command": "revoke", "task_id": "…", "terminate": true,
 * "issued_at": "2026-01-31T12:00:00.123456Z"}}.
 */
public final class ControlCodec {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** What a command takes at most; what is larger is none. */
  private static final int MAX_BYTES = 4_096;

  private ControlCodec() {}

  /** The record of the stream. */
  public static AmqpMessage encode(ControlCommand command) {
    ObjectNode json = JSON.createObjectNode();
    switch (command) {
      case Revoke(String taskId, boolean terminate, Instant ignored) ->
          json.put("command", "revoke").put("task_id", taskId).put("terminate", terminate);
      case PauseQueue(String queue, Instant ignored) ->
          json.put("command", "pause_queue").put("queue", queue);
      case ResumeQueue(String queue, Instant ignored) ->
          json.put("command", "resume_queue").put("queue", queue);
      case LimitTask(
              String task,
              OptionalInt concurrency,
              Optional<Rate> rate,
              Instant ignored) -> {
        json.put("command", "limit_task").put("task", task);
        concurrency.ifPresent(most -> json.put("concurrency", most));
        rate.ifPresent(most -> json.put("rate", most.toString()));
      }
      case Mark(String id, Instant ignored) -> json.put("command", "mark").put("id", id);
    }
    json.put("issued_at", command.issuedAt().truncatedTo(ChronoUnit.MICROS).toString());
    try {
      return new AmqpMessage(
          new AMQP.BasicProperties.Builder()
              .messageId(UUID.randomUUID().toString())
              .contentType("application/json")
              .contentEncoding("utf-8")
              .deliveryMode(2)
              .headers(Map.of())
              .build(),
          JSON.writeValueAsBytes(json));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can always be written", e);
    }
  }

  /** Reads a record; empty if it is no command that this version knows. */
  public static Optional<ControlCommand> decode(AmqpMessage message) {
    if (message.body().length > MAX_BYTES) {
      return Optional.empty();
    }
    try {
      JsonNode json = JSON.readTree(message.body());
      return json == null ? Optional.empty() : read(json);
    } catch (IOException | DateTimeException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<ControlCommand> read(JsonNode json) {
    Instant issuedAt = Instant.parse(json.path("issued_at").asText());
    String queue = json.path("queue").asText();
    String task = json.path("task").asText();
    String taskId = json.path("task_id").asText();
    ControlCommand command =
        switch (json.path("command").asText()) {
          case "revoke" -> new Revoke(taskId, json.path("terminate").asBoolean(), issuedAt);
          case "pause_queue" -> new PauseQueue(queue, issuedAt);
          case "resume_queue" -> new ResumeQueue(queue, issuedAt);
          case "limit_task" ->
              new LimitTask(
                  task,
                  json.path("concurrency").canConvertToInt() && json.path("concurrency").asInt() > 0
                      ? OptionalInt.of(json.path("concurrency").asInt())
                      : OptionalInt.empty(),
                  json.hasNonNull("rate")
                      ? Optional.of(Rate.parse(json.path("rate").asText()))
                      : Optional.empty(),
                  issuedAt);
          case "mark" -> new Mark(json.path("id").asText(), issuedAt);
          default -> null;
        };
    return Optional.ofNullable(command).filter(ControlCodec::hasSubject);
  }

  private static boolean hasSubject(ControlCommand command) {
    return switch (command) {
      case Revoke revoke -> Names.isTaskId(revoke.taskId());
      case PauseQueue pause -> Names.isQueueName(pause.queue());
      case ResumeQueue resume -> Names.isQueueName(resume.queue());
      case LimitTask limit -> Names.isTaskName(limit.task());
      case Mark ignored -> true;
    };
  }
}
