package dev.tallo.producer.history;

import java.time.Instant;
import java.util.Optional;

/**
 * A task as it enters the history, before it is published.
 *
 * @param submitted when it was taken
 * @param args JSON array
 * @param kwargs JSON object
 * @param queue the queue that the request named
 * @param headers JSON object of the sender's own headers
 * @param expires not to be begun after
 */
public record NewTask(
    String id,
    String name,
    Instant submitted,
    String args,
    String kwargs,
    Optional<String> queue,
    int priority,
    Optional<String> headers,
    Optional<Instant> expires,
    boolean ignoreResult) {}
