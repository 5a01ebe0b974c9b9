package dev.tallo.producer.history;

import dev.tallo.messaging.protocol.State;
import java.time.Instant;
import java.util.Optional;

/** Why a new task was not stored: another one is in its place. */
public sealed interface Conflict {

  /** The history knows a task of this id. */
  record IdUsed() implements Conflict {}

  /** A task of this id was stored, and another request may be publishing it. */
  record IdClaimed() implements Conflict {}

  /**
   * A task was stored under this idempotency key.
   *
   * @param claimedUntil until when the request that stored it may be publishing it; empty once the
   *     broker has it
   */
  record KeyUsed(String id, String fingerprint, Optional<Instant> claimedUntil)
      implements Conflict {}

  /** Another task holds the unique key. */
  record Duplicate(String id, State state) implements Conflict {}
}
