package dev.tallo.workerservice.webhook;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What became of a webhook that was delivered.
 *
 * @param status of the answer
 * @param attempts how many it took
 * @param url that answered, after redirects
 * @param durationMs from the first attempt to the answer, pauses included, in milliseconds
 * @param body the first 1,024 characters of the answer
 */
record Delivered(
    int status,
    int attempts,
    String url,
    @JsonProperty("duration_ms") long durationMs,
    String body) {}
