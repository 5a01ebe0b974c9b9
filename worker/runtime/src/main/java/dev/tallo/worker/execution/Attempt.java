package dev.tallo.worker.execution;

import dev.tallo.messaging.broker.Delivery;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.worker.Progress;
import dev.tallo.worker.TaskContext;
import dev.tallo.worker.event.AttemptProgress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a task, from its message to its acknowledgement, and what the task may know of it.
 *
 * <p>When the connection is lost the broker hands the message out again while the task still runs;
 * {@link #adopt} joins that delivery to the attempt under way, so that nothing runs twice for it
 * and the new delivery is acknowledged in the end.
 */
final class Attempt implements TaskContext {
  private final TaskMessage message;
  private final Delivery first;
  private final Clock clock;
  private final Instant started;
  private final AttemptProgress progress;
  private List<Delivery> deliveries; // guarded by this
  private boolean settled; // guarded by this
  private boolean slotLeft; // guarded by this

  Attempt(TaskMessage message, Delivery first, Clock clock, AttemptProgress progress) {
    this.message = message;
    this.first = first;
    this.clock = clock;
    started = clock.instant();
    this.progress = progress;
    deliveries = List.of(first);
  }

  TaskMessage message() {
    return message;
  }

  Delivery delivery() {
    return first;
  }

  Instant started() {
    return started;
  }

  /** Tells the last progress; what the task reports from now on is ignored. */
  void endProgress() {
    progress.end();
  }

  /** Whether this delivery is of the same attempt; false when the attempt is over already. */
  synchronized boolean adopt(Delivery again) {
    if (settled) {
      return false;
    }
    deliveries = new ArrayList<>(deliveries);
    deliveries.add(again);
    return true;
  }

  /** Acknowledges every delivery; those whose channel is gone do nothing. */
  void ack() {
    settle().forEach(Delivery::ack);
  }

  /** The deliveries, to be settled by the caller. */
  synchronized List<Delivery> settle() {
    settled = true;
    return deliveries;
  }

  /** Whether this is the first call: its slot may be given to another. */
  synchronized boolean leaveSlot() {
    boolean first = !slotLeft;
    slotLeft = true;
    return first;
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
    return first.queue();
  }

  @Override
  public Map<String, @Nullable Object> headers() {
    Map<String, @Nullable Object> custom = message.headers().custom();
    if (custom.keySet().stream().noneMatch(name -> name.startsWith("x-tallo-"))) {
      return custom;
    }
    Map<String, @Nullable Object> own = new HashMap<>(custom);
    own.keySet().removeIf(name -> name.startsWith("x-tallo-"));
    return own;
  }

  @Override
  public Optional<Instant> deadline() {
    Optional<Duration> limit =
        message.headers().timeLimits().soft().or(() -> message.headers().timeLimits().hard());
    return Stream.of(
            message.headers().expires().map(OffsetDateTime::toInstant), limit.map(started::plus))
        .flatMap(Optional::stream)
        .min(Instant::compareTo);
  }

  @Override
  public boolean redelivered() {
    return first.redelivered();
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
