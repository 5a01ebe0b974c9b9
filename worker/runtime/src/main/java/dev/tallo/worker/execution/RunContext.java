package dev.tallo.worker.execution;

import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.TimeLimits;
import dev.tallo.messaging.trace.TaskSpan;
import dev.tallo.worker.Progress;
import dev.tallo.worker.TaskContext;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One run of a task, and what the task may know of it. Begins when it is made. */
public final class RunContext implements TaskContext {

  /** Takes what a task reports of its progress; from any thread. */
  @FunctionalInterface
  public interface ProgressSink {
    /** A task has come so far. */
    void report(Progress progress, Instant at);
  }

  private final TaskMessage message;
  private final String queue;
  private final boolean redelivered;
  private final Instant received;
  private final Instant started;
  private final Clock clock;
  private final ProgressSink progress;
  private volatile TimeLimits limits;
  private final StopSwitch stop = new StopSwitch();
  private volatile TaskSpan span;

  /**
   * @param queue that the message was taken from
   * @param redelivered whether the message may have been handed out before
   * @param received when it arrived
   * @param clock tells when the run begins, which is now
   * @param progress takes what the task reports
   */
  public RunContext(
      TaskMessage message,
      String queue,
      boolean redelivered,
      Instant received,
      Clock clock,
      ProgressSink progress) {
    this.message = message;
    this.queue = queue;
    this.redelivered = redelivered;
    this.received = received;
    this.clock = clock;
    this.progress = progress;
    started = clock.instant();
    limits = message.headers().timeLimits();
    span = TaskSpan.of(message.headers());
  }

  /** The limits of this attempt, the sender's and the task's own. */
  void limit(TimeLimits inForce) {
    limits = inForce;
  }

  /** The span that this is in; the sender's until the run begins. */
  TaskSpan span() {
    return span;
  }

  /** The run begins, in a span of its own. */
  void trace(TaskSpan own) {
    span = own;
  }

  TaskMessage message() {
    return message;
  }

  StopSwitch stop() {
    return stop;
  }

  Instant received() {
    return received;
  }

  Instant started() {
    return started;
  }

  @Override
  public String id() {
    return message.id();
  }

  @Override
  public String name() {
    return message.task();
  }

  @Override
  public int attempt() {
    return message.headers().retries() + 1;
  }

  @Override
  public String queue() {
    return queue;
  }

  @Override
  public Map<String, @Nullable Object> headers() {
    Map<String, @Nullable Object> custom = message.headers().custom();
    if (custom.keySet().stream().noneMatch(RunContext::isOfTheWay)) {
      return custom;
    }
    Map<String, @Nullable Object> own = new HashMap<>(custom);
    own.keySet().removeIf(RunContext::isOfTheWay);
    return own;
  }

  private static boolean isOfTheWay(String header) {
    return header.startsWith("x-tallo-") || header.equals(TaskHeaders.SENT_AT);
  }

  @Override
  public Optional<Instant> deadline() {
    Optional<Duration> limit = limits.soft().or(limits::hard);
    return Stream.of(
            message.headers().expires().map(OffsetDateTime::toInstant), limit.map(started::plus))
        .flatMap(Optional::stream)
        .min(Instant::compareTo);
  }

  @Override
  public boolean redelivered() {
    return redelivered;
  }

  @Override
  public String rootId() {
    return message.headers().rootId().orElse(message.id());
  }

  @Override
  public Optional<String> parentId() {
    return message.headers().parentId();
  }

  @Override
  public Optional<String> groupId() {
    return message.headers().group();
  }

  @Override
  public void progress(double done, double total, @Nullable String note) {
    progress.report(new Progress(done, total, Optional.ofNullable(note)), clock.instant());
  }
}
