package dev.tallo.producer.control;

/** The broker did not take a command to the workers, or did not say so in time. */
public final class CommandNotWrittenException extends RuntimeException {
  CommandNotWrittenException(String why) {
    super("the command did not reach the broker: " + why, null, false, false);
  }
}
