package dev.tallo.routing.dispatch;

import java.util.Locale;

/** Why a message is parked in {@code tallo.unroutable}. */
enum Parked {
  /** No rule takes its task. */
  NO_RULE,
  /** Its queue is not there and cannot be made. */
  NO_QUEUE,
  /** It cannot be read as a task. */
  UNDECODABLE,
  /** It cannot be passed on for a reason that this service does not know. */
  FAILED;

  /** The word in the header {@code x-tallo-reason} and in metrics: {@code no-rule}. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
