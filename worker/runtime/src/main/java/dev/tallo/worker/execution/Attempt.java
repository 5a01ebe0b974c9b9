package dev.tallo.worker.execution;

import dev.tallo.messaging.broker.Delivery;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.worker.event.AttemptProgress;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * One attempt at a task, from its message to its acknowledgement.
 *
 * <p>When the connection is lost the broker hands the message out again while the task still runs;
 * {@link #adopt} joins that delivery to the attempt under way, so that nothing runs twice for it
 * and the new delivery is acknowledged in the end.
 */
final class Attempt {
  /** Header of ours: how often the message of an attempt was sent round before it could begin. */
  static final String ROUND = "x-tallo-round";

  /**
   * What tells an attempt from all others: a task's id, how many attempts went before, and how
   * often its message was sent round.
   */
  record Key(String id, int retries, int round) {}

  private final TaskMessage message;
  private final Delivery first;
  private final AttemptProgress progress;
  private final RunContext run;
  private List<Delivery> deliveries; // guarded by this
  private boolean settled; // guarded by this
  private boolean slotLeft; // guarded by this

  Attempt(TaskMessage message, Delivery first, Clock clock, AttemptProgress progress) {
    this.message = message;
    this.first = first;
    this.progress = progress;
    run =
        new RunContext(
            message, first.queue(), first.redelivered(), first.received(), clock, progress::report);
    deliveries = List.of(first);
  }

  TaskMessage message() {
    return message;
  }

  String id() {
    return message.id();
  }

  Key key() {
    return new Key(message.id(), retries(), round());
  }

  String name() {
    return message.task();
  }

  /** How many attempts were made before this one. */
  int retries() {
    return message.headers().retries();
  }

  /** How often its message was sent round. */
  int round() {
    return message.headers().custom().get(ROUND) instanceof Number times ? times.intValue() : 0;
  }

  Delivery delivery() {
    return first;
  }

  String queue() {
    return first.queue();
  }

  RunContext run() {
    return run;
  }

  Instant started() {
    return run.started();
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

  /** Whether its slot was given back. */
  synchronized boolean slotLeft() {
    return slotLeft;
  }

  /** Whether this is the first call: its slot may be given to another. */
  synchronized boolean leaveSlot() {
    boolean first = !slotLeft;
    slotLeft = true;
    return first;
  }
}
