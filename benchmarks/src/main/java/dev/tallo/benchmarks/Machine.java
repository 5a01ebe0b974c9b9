package dev.tallo.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Says on what, and with what, was measured. */
final class Machine {

  private Machine() {}

  static String describe(Clock clock, Options options) {
    return "Measured on %s: %d cores (%s), %d GiB memory, %s; Java %s; RabbitMQ %s; Celery %s; %s."
        .formatted(
            LocalDate.now(clock),
            Runtime.getRuntime().availableProcessors(),
            first("/proc/cpuinfo", "model name"),
            Math.round(
                Long.parseLong(first("/proc/meminfo", "MemTotal").replaceAll("[^0-9]", ""))
                    / 1048576.0),
            System.getProperty("os.name") + " " + System.getProperty("os.version"),
            System.getProperty("java.version"),
            options.brokerVersion(),
            celery(options),
            perfTest(options.perfTest()));
  }

  private static String celery(Options options) {
    return Command.run(
            List.of(options.python(), "-c", "import celery; print(celery.__version__)"),
            options.celery(),
            Map.of(),
            options.logs().resolve("celery.log"),
            java.time.Duration.ofSeconds(30))
        .strip();
  }

  private static String perfTest(Path libraries) {
    try (Stream<Path> jars = Files.list(libraries)) {
      return jars.map(jar -> jar.getFileName().toString())
          .filter(name -> name.startsWith("perf-test-"))
          .map(name -> "PerfTest " + name.substring(10, name.length() - 4))
          .findFirst()
          .orElse("no PerfTest");
    } catch (IOException e) {
      throw new BenchmarkException("PerfTest's libraries are not at " + libraries, e);
    }
  }

  private static String first(String file, String key) {
    try (Stream<String> lines = Files.lines(Path.of(file))) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("0");
    } catch (IOException e) {
      return "0";
    }
  }
}
