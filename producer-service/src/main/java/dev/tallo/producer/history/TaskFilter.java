package dev.tallo.producer.history;

import dev.tallo.messaging.protocol.State;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which tasks are asked for, newest first.
 *
 * @param task exactly this name
 * @param since submitted then or later
 * @param until submitted before
 * @param before only places below this one: the next page
 * @param limit most tasks of a page, 1 to {@link #MAX_LIMIT}
 */
public record TaskFilter(
    Optional<String> task,
    Optional<State> state,
    Optional<String> queue,
    Optional<Instant> since,
    Optional<Instant> until,
    OptionalLong before,
    int limit) {

  /** Most tasks of a page. */
  public static final int MAX_LIMIT = 500;
}
