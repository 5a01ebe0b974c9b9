package dev.tallo.producer.history;

import java.time.Instant;

/**
 * The end of a task of which its callback is to tell.
 *
 * @param since when it ended; it stays until the callback was sent, and is another after a redrive
 */
public record DueCallback(StoredTask task, Instant since) {}
