package dev.tallo.security;

/** Takes note of who did what. */
public interface Audit {
  /** Takes note of a call that was answered; called on an event loop, so it must not block. */
  void note(AuditedCall call);
}
