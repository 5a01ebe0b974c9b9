package dev.tallo.messaging.protocol;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A process of {@code src/test/python/interop.py}, and what it says. */
final class CeleryProcess implements AutoCloseable {

  private static final String SCRIPT = "src/test/python/interop.py";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();

  private CeleryProcess(Process process) {
    this.process = process;
  }

  /** Starts the script in a mode: {@code worker}, {@code client} or {@code events}. */
  static CeleryProcess start(String mode, URI broker) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(pythonWithCelery(), "-u", SCRIPT, mode, broker.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("PYTHONIOENCODING", "utf-8");
    CeleryProcess celery = new CeleryProcess(builder.start());
    Thread.ofVirtual().start(celery::read);
    return celery;
  }

  private void read() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      reader.lines().forEach(lines::add);
    } catch (IOException | UncheckedIOException e) {
      lines.add("(its output broke off: " + e.getMessage() + ")");
    }
  }

  boolean running() {
    return process.isAlive();
  }

  /** What it said, as soon as there are so many lines. */
  List<String> lines(int count) {
    await()
        .atMost(PATIENCE)
        .failFast(
            () -> {
              if (!process.isAlive() && process.exitValue() != 0) {
                throw new AssertionError("Python failed after saying " + lines);
              }
            })
        .until(() -> lines.size() >= count);
    return lines;
  }

  @Override
  public void close() {
    process.destroy();
    process
        .onExit()
        .orTimeout(20, TimeUnit.SECONDS)
        .exceptionallyCompose(late -> process.destroyForcibly().onExit())
        .join();
  }

  private static String pythonWithCelery() {
    List<String> candidates = List.of("/usr/bin/python3", "python3");
    return candidates.stream()
        .filter(CeleryProcess::hasCelery)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "No Python with Celery among "
                        + candidates
                        + ". Install it (Debian: apt-get install python3-celery)."));
  }

  private static boolean hasCelery(String python) {
    try {
      Process check =
          new ProcessBuilder(python, "-c", "import celery")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return check.onExit().orTimeout(60, TimeUnit.SECONDS).join().exitValue() == 0;
    } catch (IOException e) {
      return false; // no such program
    }
  }
}
