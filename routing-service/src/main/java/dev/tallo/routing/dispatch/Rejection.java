package dev.tallo.routing.dispatch;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.ResultCodec;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskException;
import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.messaging.protocol.TaskResult;
import dev.tallo.messaging.trace.TaskSpan;
import dev.tallo.routing.rule.UnreadableArgumentsException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The outcome of a task that a rule rejects: for the history, and for who waits elsewhere. */
final class Rejection {
  /** What Celery's own tasks raise to be rejected; its clients know the class. */
  private static final String TYPE = "Reject";

  private static final String MODULE = "celery.exceptions";

  private final DeliveredTask task;
  private final TaskException why;
  private final OffsetDateTime now;

  Rejection(DeliveredTask task, String reason, Instant now) {
    this.task = task;
    this.why = TaskException.of(TYPE, reason, MODULE);
    this.now = now.atOffset(ZoneOffset.UTC);
  }

  /** For the history, whoever sent the task. */
  Publication forTheHistory(AmqpMessage message) {
    boolean ours = Topology.RESULTS.equals(message.properties().getReplyTo());
    Optional<JsonNode> arguments = ours ? Optional.empty() : arguments();
    Outcome outcome =
        new Outcome(
            result(State.REJECTED),
            arguments.map(all -> all.get("args")),
            arguments.map(all -> all.get("kwargs")),
            Optional.empty(),
            Optional.empty(),
            false,
            Optional.empty(),
            TaskSpan.of(task.headers()).traceparent());
    return new Publication(
        "", Topology.RESULTS, ResultCodec.encodeBatch(List.of(ResultCodec.encodeOutcome(outcome))));
  }

  /**
   * For the sender's own queue; none if he does not wait at one. Celery's clients go on waiting at
   * REJECTED, which is no final state to them: they are told FAILURE.
   */
  Optional<Publication> forTheSender(AmqpMessage message) {
    State state = task.headers().lang().equals("java") ? State.REJECTED : State.FAILURE;
    return Optional.ofNullable(message.properties().getReplyTo())
        .filter(queue -> !queue.isEmpty() && !queue.equals(Topology.RESULTS))
        .map(queue -> new Publication("", queue, ResultCodec.encodeResult(result(state))));
  }

  /** None if they cannot be read, which does not keep the task from being rejected. */
  private Optional<JsonNode> arguments() {
    try {
      return Optional.of(task.arguments());
    } catch (UnreadableArgumentsException e) {
      return Optional.empty();
    }
  }

  private TaskResult result(State state) {
    TaskHeaders headers = task.headers();
    return new TaskResult(
        headers.id(),
        state,
        why.toJson(),
        Optional.empty(),
        List.of(),
        Optional.of(now),
        new TaskResult.Extended(
            Optional.of(headers.task()),
            Optional.empty(),
            OptionalInt.of(headers.retries()),
            Optional.empty(),
            headers.group(),
            headers.parentId(),
            headers.rootId()));
  }
}
