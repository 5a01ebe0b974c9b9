package dev.tallo.messaging.broker;

import java.time.Duration;
import java.util.Optional;

/** The attempts at one publication until a deadline, and with what they fail together. */
final class Attempts {
  private Optional<Throwable> reason = Optional.empty(); // of the last; none while one is under way
  private boolean perhapsArrived;
  private boolean over;

  /** Whether another may begin; none does after the deadline. */
  synchronized boolean begin() {
    if (!over) {
      reason = Optional.empty();
    }
    return !over;
  }

  synchronized void failed(Throwable failure) {
    reason = Optional.of(failure);
    perhapsArrived |= failure instanceof PublishException.OutcomeUnknown;
  }

  /** The deadline has passed: why there is no confirm. */
  synchronized Throwable end(Duration deadline) {
    over = true;
    return reason.orElseGet(
        () ->
            new PublishException.OutcomeUnknown(
                "no confirm within " + deadline.toMillis() + " ms"));
  }

  /** That failure, unless any attempt may have arrived: then nobody knows. */
  synchronized Throwable together(Throwable failure) {
    return perhapsArrived && !(failure instanceof PublishException.OutcomeUnknown)
        ? new PublishException.OutcomeUnknown(
            "no confirm; the last attempt: " + failure.getMessage())
        : failure;
  }
}
