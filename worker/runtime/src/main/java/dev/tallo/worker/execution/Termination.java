package dev.tallo.worker.execution;

import org.jboss.logging.Logger;
import sun.misc.Signal;

/**
 * Has SIGTERM end the program with exit code 0: it is told to end and does so in order, after what
 * runs has ended or was given back. The JVM's own answer is the same shutdown with 143, which
 * platforms show as an error.
 */
final class Termination {
  private static final Logger LOG = Logger.getLogger(Termination.class);

  private Termination() {}

  static void isNoError() {
    try {
      Signal.handle(new Signal("TERM"), signal -> System.exit(0));
    } catch (IllegalArgumentException e) {
      LOG.debugf("SIGTERM is left to the JVM: %s", e.getMessage());
    }
  }
}
