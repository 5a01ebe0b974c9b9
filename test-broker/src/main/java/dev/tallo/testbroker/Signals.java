package dev.tallo.testbroker;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Signals that Java has no call for, to a process and all that it started. */
public final class Signals {
  private Signals() {}

  /** SIGSTOP: they do nothing any more, and their connections stay open. */
  public static void suspend(ProcessHandle process) {
    send("-STOP", process);
  }

  /** SIGCONT: they go on where they were. */
  public static void resume(ProcessHandle process) {
    send("-CONT", process);
  }

  private static void send(String signal, ProcessHandle process) {
    if (!kill(signal, process)) {
      throw new IllegalStateException("kill " + signal + " " + process.pid() + " failed");
    }
    // Of these, some may have ended since they were listed.
    process.descendants().toList().forEach(one -> kill(signal, one));
  }

  private static boolean kill(String signal, ProcessHandle process) {
    try {
      return new ProcessBuilder("kill", signal, Long.toString(process.pid()))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a signal was sent", e);
    }
  }
}
