package dev.tallo.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A running service.
 *
 * @param startUp from the start of its process until it was ready
 */
record Service(String name, long pid, Duration startUp) {

  /** Reads {@code NAME:PID:MILLISECONDS}. */
  static Service parse(String text) {
    String[] parts = text.split(":");
    return new Service(
        parts[0], Long.parseLong(parts[1]), Duration.ofMillis(Long.parseLong(parts[2])));
  }

  /** Its resident memory in MiB, as Linux accounts for it (VmRSS). */
  long residentMib() {
    try (var lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
          .findFirst()
          .orElseThrow(() -> new BenchmarkException("no resident memory of " + name));
    } catch (IOException e) {
      throw new BenchmarkException(name + " does not run any more", e);
    }
  }
}
