package dev.tallo.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs other programs: some to their end, for what they print; some beside us. */
final class Command {

  private Command() {}

  /**
   * Runs a program to its end.
   *
   * @return what it printed on standard output
   * @throws BenchmarkException if it fails or does not end by the deadline; what it said is in log
   */
  static String run(
      List<String> command,
      Path folder,
      Map<String, String> environment,
      Path log,
      Duration deadline) {
    try {
      Process process = builder(command, folder, environment, log).start();
      byte[] printed;
      try (var out = process.getInputStream()) {
        // Ends the program at the deadline, and with it the reading.
        Thread.ofVirtual().start(() -> endAfter(process, deadline));
        printed = out.readAllBytes();
      }
      int status = process.waitFor();
      if (status != 0) {
        throw new BenchmarkException(
            "%s ended with status %d; its log: %s".formatted(command.getFirst(), status, log));
      }
      return new String(printed, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new BenchmarkException("could not run " + command.getFirst() + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchmarkException("interrupted", e);
    }
  }

  /** Starts a program that runs until {@link #end}. */
  static Process start(
      List<String> command, Path folder, Map<String, String> environment, Path log) {
    try {
      return builder(command, folder, environment, log)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
          .start();
    } catch (IOException e) {
      throw new BenchmarkException("could not start " + command.getFirst() + ": " + e, e);
    }
  }

  /** Asks a program to end, and ends it by force if it has not within ten seconds. */
  static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static ProcessBuilder builder(
      List<String> command, Path folder, Map<String, String> environment, Path log) {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    return builder;
  }

  private static void endAfter(Process process, Duration deadline) {
    try {
      if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
