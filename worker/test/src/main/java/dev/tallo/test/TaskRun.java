package dev.tallo.test;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskException;
import dev.tallo.worker.Progress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What became of a task. */
public final class TaskRun {
  private final Outcome outcome;
  private final List<Progress> progress;
  private final Duration duration;
  private final ObjectMapper mapper;

  TaskRun(Outcome outcome, List<Progress> progress, Duration duration, ObjectMapper mapper) {
    this.outcome = outcome;
    this.progress = List.copyOf(progress);
    this.duration = duration;
    this.mapper = mapper;
  }

  /** The task's id. */
  public String id() {
    return outcome.result().taskId();
  }

  /**
   * SUCCESS, FAILURE, REVOKED for a task that expired, PENDING for one that is not due: a worker
   * would hand it back to the broker.
   */
  public State state() {
    return outcome.result().state();
  }

  /** The result as a client gets it: the value, or the exception as JSON. */
  public JsonNode json() {
    return outcome.result().result();
  }

  /**
   * The result of a task that succeeded, converted by the application's {@code ObjectMapper}.
   *
   * @throws AssertionError if it did not succeed, with its exception and stack trace, or if the
   *     result is of another type
   */
  public <T> T as(Class<T> type) {
    return as(mapper.constructType(type));
  }

  /** As {@link #as(Class)}, for generic types: {@code new TypeReference<List<Report>>() {}}. */
  public <T> T as(TypeReference<T> type) {
    return as(mapper.constructType(type));
  }

  /** Why it failed or was not run: type, text, package. */
  public Optional<TaskException> exception() {
    return outcome.result().exception();
  }

  /** The stack trace of its exception, as the client gets it. */
  public Optional<String> traceback() {
    return outcome.result().traceback();
  }

  /** All that it reported, in its order; empty if it was {@linkplain TaskCall#send sent}. */
  public List<Progress> progress() {
    return progress;
  }

  /**
   * How long it took, in real time; if it was {@linkplain TaskCall#send sent}, from sending it to
   * its outcome.
   */
  public Duration duration() {
    return duration;
  }

  private <T> T as(JavaType type) {
    if (state() != State.SUCCESS) {
      throw new AssertionError(this + traceback().map(trace -> "\n" + trace).orElse(""));
    }
    try {
      return mapper.treeToValue(json(), type);
    } catch (JsonProcessingException e) {
      throw new AssertionError(
          "the result is no %s: %s".formatted(type.toCanonical(), e.getOriginalMessage()), e);
    }
  }

  @Override
  public String toString() {
    String what =
        exception()
            .map(exception -> exception.type() + ": " + exception.text())
            .orElseGet(() -> json().toString());
    return "task %s: %s %s".formatted(id(), state(), what);
  }
}
