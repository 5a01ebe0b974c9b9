package dev.tallo.producer.history;

import java.time.Instant;
import java.util.Optional;

/**
 * How far an attempt has come, as it says itself.
 *
 * @param done of {@code total}
 * @param at when it said so
 */
public record Progress(double done, double total, Optional<String> note, Instant at) {}
