package dev.tallo.messaging.protocol;

import java.util.List;
import java.util.Optional;

/**
 * What is to be sent when the task is done: the third element of a task's body.
 *
 * @param callbacks sent on success, with the result prepended to their arguments
 * @param errbacks sent on failure
 * @param chain what is left of the chain in reverse: the last element is next
 * @param chord the body of the chord that the task is a part of
 */
public record Embed(
    List<Signature> callbacks,
    List<Signature> errbacks,
    List<Signature> chain,
    Optional<Signature> chord) {

  /** Nothing follows. */
  public static final Embed NONE = new Embed(List.of(), List.of(), List.of(), Optional.empty());

  public Embed {
    callbacks = List.copyOf(callbacks);
    errbacks = List.copyOf(errbacks);
    chain = List.copyOf(chain);
  }

  /** Whether nothing follows. */
  public boolean isEmpty() {
    return callbacks.isEmpty() && errbacks.isEmpty() && chain.isEmpty() && chord.isEmpty();
  }
}
