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
 * @param eta not to be begun before
 * @param expires not to be begun after
 * @param callbackUrl who is told of its end
 * @param claim of an idempotency key
 * @param uniqueness while it has not ended, no other task of its name and key is taken
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
    Optional<Instant> eta,
    Optional<Instant> expires,
    TaskLimits limits,
    boolean ignoreResult,
    Optional<String> callbackUrl,
    Optional<Claim> claim,
    Optional<Uniqueness> uniqueness) {

  /**
   * A request's claim of an idempotency key.
   *
   * @param fingerprint tells this request's body from others
   * @param until when a further request may take it that this one will not publish any more
   */
  public record Claim(String key, String fingerprint, Instant until) {}

  /**
   * What makes a task the only one.
   *
   * @param until when another may be taken even though this one has not ended
   */
  public record Uniqueness(String key, Instant until) {}

  /** The same task under an idempotency key. */
  public NewTask with(Claim claim) {
    return new NewTask(
        id,
        name,
        submitted,
        args,
        kwargs,
        queue,
        priority,
        headers,
        eta,
        expires,
        limits,
        ignoreResult,
        callbackUrl,
        Optional.of(claim),
        uniqueness);
  }

  /** Whether it is a task and no more: without keys. */
  boolean plain() {
    return claim.isEmpty() && uniqueness.isEmpty();
  }
}
