package dev.tallo.producer.results;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskException;
import dev.tallo.messaging.protocol.TaskResult;
import dev.tallo.producer.history.TaskError;
import dev.tallo.producer.history.TaskOutcome;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;

/** From what workers report to what the history keeps. */
final class Outcomes {
  /** Writes not-a-number as text: Python sends it bare, which other readers of JSON refuse. */
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
                  .build())
          .build();

  private Outcomes() {}

  /**
   * @param now stands in for the end where the report has none
   */
  static TaskOutcome of(Outcome outcome, Instant now) {
    TaskResult result = outcome.result();
    TaskResult.Extended extended = result.extended();
    Optional<TaskException> exception = exception(result);
    boolean kept = exception.isEmpty() && !result.state().isException() && !outcome.resultIgnored();
    return new TaskOutcome(
        result.taskId(),
        extended.name(),
        result.state(),
        extended.queue(),
        outcome.args().map(Outcomes::json),
        outcome.kwargs().map(Outcomes::json),
        extended.retries(),
        extended.worker(),
        outcome.received().map(OffsetDateTime::toInstant),
        outcome.started().map(OffsetDateTime::toInstant),
        result.dateDone().map(OffsetDateTime::toInstant).orElse(now),
        kept ? Optional.of(json(result.result())) : Optional.empty(),
        exception.map(why -> error(why, result.traceback())),
        new TaskOutcome.Relations(extended.parentId(), extended.rootId(), extended.groupId()),
        outcome.nextAttempt().map(OffsetDateTime::toInstant));
  }

  /** Who rejects a task by a rule says why; Celery has no exception in that state. */
  private static Optional<TaskException> exception(TaskResult result) {
    return result.state() == State.REJECTED
        ? TaskException.from(result.result())
        : result.exception();
  }

  /** The message alone where there is one, else all arguments of the exception as JSON. */
  private static TaskError error(TaskException exception, Optional<String> traceback) {
    JsonNode arguments = exception.message();
    String message =
        arguments.isEmpty()
            ? ""
            : arguments.size() == 1 && arguments.get(0).isTextual()
                ? arguments.get(0).textValue()
                : json(arguments);
    return new TaskError(exception.type(), message, traceback);
  }

  private static String json(JsonNode node) {
    try {
      return JSON.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can always be written", e);
    }
  }
}
