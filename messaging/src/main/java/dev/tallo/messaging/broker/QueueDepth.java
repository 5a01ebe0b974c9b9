package dev.tallo.messaging.broker;

/**
 * What a passive declaration tells of a queue.
 *
 * @param ready messages that wait, without those handed out and not yet settled
 * @param consumers subscribed now
 */
public record QueueDepth(long ready, int consumers) {}
