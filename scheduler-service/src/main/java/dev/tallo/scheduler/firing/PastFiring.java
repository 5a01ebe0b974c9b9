package dev.tallo.scheduler.firing;

import java.time.Instant;
import java.util.Optional;

/**
 * What became of a firing.
 *
 * @param settled when the broker had confirmed it, or when it was decided that it is not sent
 * @param reason why it is not sent
 */
public record PastFiring(
    Instant nominal,
    FiringKind kind,
    Instant due,
    String taskId,
    FiringState state,
    Optional<Instant> settled,
    Optional<String> reason) {

  /** When the broker had confirmed it. */
  public Optional<Instant> sent() {
    return state == FiringState.SENT ? settled : Optional.empty();
  }
}
