package dev.tallo.messaging.broker;

import java.util.Optional;

/**
 * What is known of the broker now.
 *
 * @param connected both connections are open and publications are taken
 * @param blockedReason why the broker takes no publications (memory or disk alarm), if it said so
 * @param lastError why the last attempt to connect failed, until one succeeds
 */
public record BrokerStatus(
    boolean connected, Optional<String> blockedReason, Optional<String> lastError) {

  /** Whether the broker holds publishers back. */
  public boolean blocked() {
    return blockedReason.isPresent();
  }

  /** Whether a publication would be taken now. */
  public boolean usable() {
    return connected && !blocked();
  }
}
