package dev.tallo.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * RabbitMQ's own benchmark, in a JVM of its own: one hop through one quorum queue, 200 bytes,
 * persistent, at most 1,000 unconfirmed, prefetch 500.
 */
final class PerfTest implements Contender {

  static final String NAME = "PerfTest";

  /** Seconds at the beginning that do not count: its JVM is cold. */
  static final int WARM_UP_SECONDS = 5;

  private static final Pattern SECOND =
      Pattern.compile("time[: ]+([0-9.]+) ?s?,.*?received[: ]+([0-9]+) ?msg/s");

  private final String java;
  private final Path libraries;
  private final String broker;
  private final int seconds;
  private final Path log;

  /**
   * @param libraries the folder of PerfTest's jars
   * @param seconds how long it is measured, after its warm-up
   */
  PerfTest(String java, Path libraries, String broker, int seconds, Path log) {
    this.java = java;
    this.libraries = libraries;
    this.broker = broker;
    this.seconds = seconds;
    this.log = log;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public double measure() {
    int duration = WARM_UP_SECONDS + seconds;
    String printed =
        Command.run(
            List.of(
                java,
                "-cp",
                libraries + "/*",
                "com.rabbitmq.perf.PerfTest",
                "--uri",
                broker,
                "--quorum-queue",
                "--queue",
                "bench-perf-test",
                // What is left in it must not meet the next run.
                "--queue-args",
                "x-expires=5000",
                "--flag",
                "persistent",
                "--size",
                "200",
                "--confirm",
                "1000",
                "--qos",
                "500",
                "--time",
                Integer.toString(duration)),
            Path.of("").toAbsolutePath(),
            Map.of(),
            log,
            Duration.ofSeconds(duration + 60));
    return received(printed)
        .orElseThrow(() -> new BenchmarkException("PerfTest told no rate; its log: " + log));
  }

  /** The mean of the received rates of all seconds after the warm-up. */
  static OptionalDouble received(String printed) {
    return printed
        .lines()
        .map(SECOND::matcher)
        .filter(Matcher::find)
        .filter(second -> Double.parseDouble(second.group(1)) > WARM_UP_SECONDS + 0.5)
        .mapToDouble(second -> Double.parseDouble(second.group(2)))
        .average();
  }
}
