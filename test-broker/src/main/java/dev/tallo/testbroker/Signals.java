package dev.tallo.testbroker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

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
    List<String> command = new ArrayList<>(List.of("kill", signal));
    Stream.concat(Stream.of(process), process.descendants())
        .forEach(one -> command.add(Long.toString(one.pid())));
    try {
      int status = new ProcessBuilder(command).inheritIO().start().waitFor();
      if (status != 0) {
        throw new IllegalStateException(String.join(" ", command) + " ended with " + status);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a signal was sent", e);
    }
  }
}
