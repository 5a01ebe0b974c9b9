package dev.tallo.producer.history;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which audited calls are asked for.
 *
 * @param who exactly this name of a key
 * @param path exactly this one
 * @param since answered then or later
 * @param until answered before
 * @param before the place below which the page begins
 * @param limit most calls of the page
 */
public record AuditFilter(
    Optional<String> who,
    Optional<String> path,
    Optional<Instant> since,
    Optional<Instant> until,
    OptionalLong before,
    int limit) {}
