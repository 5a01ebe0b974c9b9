package dev.tallo.worker.registry;

import java.util.List;

/**
 * What {@code @Task} says beside the name; the build has checked it. Configuration and senders may
 * say otherwise.
 *
 * @param maxRetries negative: not said
 * @param backOff a duration; empty: not said
 * @param maxBackOff likewise
 * @param retryOn qualified names of exceptions
 * @param giveUpOn likewise
 * @param softTimeLimit a duration; empty: not said
 * @param timeLimit likewise
 * @param concurrency 0: not said
 * @param rate empty: not said
 */
public record TaskDefaults(
    int maxRetries,
    String backOff,
    String maxBackOff,
    List<String> retryOn,
    List<String> giveUpOn,
    String softTimeLimit,
    String timeLimit,
    int concurrency,
    String rate) {
  public TaskDefaults {
    retryOn = List.copyOf(retryOn);
    giveUpOn = List.copyOf(giveUpOn);
  }
}
