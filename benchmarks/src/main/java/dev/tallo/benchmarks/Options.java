package dev.tallo.benchmarks;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code ./tallo bench} passes on.
 *
 * @param api the producer's address
 * @param postgresqlApi the address of another producer, with its store in PostgreSQL
 * @param broker the broker's address
 * @param brokerVersion the broker's version, for the report
 * @param brokerProcess the broker's process
 * @param scheduler the scheduler with its store in PostgreSQL
 * @param services the running services
 * @param python an interpreter that can import Celery
 * @param celery the folder of the Celery program
 * @param perfTest the folder of PerfTest's jars
 * @param logs where other programs' output goes
 * @param rounds how often each throughput is measured, at least once
 * @param quick whether a glance is enough: less of everything
 * @param only the one measurement to make, or all
 * @param report the document whose table is replaced, or none
 */
record Options(
    URI api,
    Optional<URI> postgresqlApi,
    String broker,
    String brokerVersion,
    Optional<Long> brokerProcess,
    Optional<Schedules.Scheduler> scheduler,
    List<Service> services,
    String python,
    Path celery,
    Path perfTest,
    Path logs,
    int rounds,
    boolean quick,
    Optional<Measurement> only,
    Optional<Path> report) {

  /** What can be measured; {@code --only} takes these names in lower case. */
  enum Measurement {
    THROUGHPUT,
    SUBMITS,
    LATENCY,
    HISTORY,
    DELAYS,
    SCHEDULES,
    MEMORY
  }

  static Options parse(List<String> arguments) {
    Map<String, List<String>> given = new HashMap<>();
    var rest = arguments.iterator();
    while (rest.hasNext()) {
      String name = rest.next();
      if (!name.equals("--quick") && !rest.hasNext()) {
        throw new BenchmarkException(name + " takes a value");
      }
      given
          .computeIfAbsent(name, any -> new ArrayList<>())
          .add(name.equals("--quick") ? "" : rest.next());
    }
    boolean quick = given.remove("--quick") != null;
    Options options =
        new Options(
            URI.create(last(given, "--api").orElse("http://127.0.0.1:8080")),
            last(given, "--postgresql-api").map(URI::create),
            last(given, "--broker").orElse("amqp://127.0.0.1"),
            last(given, "--broker-version").orElse("of unknown version"),
            last(given, "--broker-process").map(Long::valueOf),
            last(given, "--scheduler").map(Schedules.Scheduler::parse),
            Optional.ofNullable(given.remove("--service")).orElse(List.of()).stream()
                .map(Service::parse)
                .toList(),
            last(given, "--python").orElse("python3"),
            Path.of(last(given, "--celery").orElse("benchmarks/celery")),
            Path.of(last(given, "--perf-test").orElse("benchmarks/target/perf-test")),
            Path.of(last(given, "--logs").orElse(".")),
            last(given, "--rounds").map(Options::rounds).orElse(quick ? 1 : 5),
            quick,
            last(given, "--only").map(Options::measurement),
            last(given, "--report").map(Path::of));
    if (!given.isEmpty()) {
      throw new BenchmarkException("unknown option " + given.keySet().iterator().next());
    }
    return options;
  }

  /** Whether this measurement is wanted. */
  boolean wants(Measurement measurement) {
    return only.isEmpty() || only.get() == measurement;
  }

  private static Optional<String> last(Map<String, List<String>> given, String name) {
    return Optional.ofNullable(given.remove(name)).map(List::getLast);
  }

  private static int rounds(String value) {
    if (!value.matches("[1-9][0-9]{0,2}")) {
      throw new BenchmarkException("--rounds takes a number from 1 to 999, not " + value);
    }
    return Integer.parseInt(value);
  }

  private static Measurement measurement(String value) {
    return Arrays.stream(Measurement.values())
        .filter(measurement -> measurement.name().toLowerCase(Locale.ROOT).equals(value))
        .findFirst()
        .orElseThrow(
            () ->
                new BenchmarkException(
                    "--only takes throughput, submits, latency, history, delays, schedules or memory, not "
                        + value));
  }
}
