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
 * @param claimedUntil until when its request may be publishing it, where a further one can ask for
 *     the same task
 * @param uniqueness while it has not ended, no other task of its name and key is taken
 * @param rerun which task it runs again
 * @param spoolKey what it waits behind until the broker takes it; empty: it is published at once
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
    Optional<Instant> claimedUntil,
    Optional<Uniqueness> uniqueness,
    Optional<Rerun> rerun,
    Optional<String> spoolKey) {

  /** What a row takes besides its texts, about. */
  private static final int ROW_SIZE = 300;

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

  /**
   * What a task is a further run of.
   *
   * @param of the task that was run before
   * @param rootId the first task of the tree that it belongs to
   */
  public record Rerun(String of, String rootId) {}

  /**
   * The same task under an id that its sender chose and may come back with.
   *
   * @param until when a further request under this id may publish it that was stored and perhaps
   *     not published
   */
  public NewTask claimedUntil(Instant until) {
    return with(claim, Optional.of(until), spoolKey);
  }

  /** Until when its request may be publishing it; what waits here needs no request for that. */
  Optional<Instant> storedClaim() {
    return spoolKey.isPresent() ? Optional.empty() : claimedUntil;
  }

  /** The same task under an idempotency key. */
  public NewTask with(Claim claim) {
    return with(Optional.of(claim), Optional.of(claim.until), spoolKey);
  }

  /** The same task, to wait behind others of this key. */
  public NewTask spooled(String key) {
    return with(claim, claimedUntil, Optional.of(key));
  }

  private NewTask with(
      Optional<Claim> claim, Optional<Instant> claimedUntil, Optional<String> spoolKey) {
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
        claim,
        claimedUntil,
        uniqueness,
        rerun,
        spoolKey);
  }

  /** What it takes in the store, about. */
  public long size() {
    return ROW_SIZE + args.length() + kwargs.length() + headers.map(String::length).orElse(0);
  }

  /** Whether it is a task and no more: without keys. */
  boolean plain() {
    return claim.isEmpty() && uniqueness.isEmpty();
  }
}
