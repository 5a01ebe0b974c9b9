package dev.tallo.benchmarks;

import dev.tallo.benchmarks.Options.Measurement;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Measures, in turns, what {@code ./tallo bench} has started, and writes the report. */
public final class Benchmark {

  /** After their start, services still settle: collectors run, connections are made. */
  private static final Duration SETTLING = Duration.ofSeconds(10);

  private final Options options;
  private final Report report = new Report();

  private Benchmark(Options options) {
    this.options = options;
  }

  /** Takes the options of {@link Options}; ends with status 1 and a message if it fails. */
  public static void main(String[] arguments) {
    try {
      new Benchmark(Options.parse(List.of(arguments))).run();
    } catch (BenchmarkException e) {
      System.err.println("error: " + e.getMessage());
      System.exit(1);
    } catch (InterruptedException e) {
      System.exit(130);
    }
  }

  private void run() throws InterruptedException {
    report.machine(Machine.describe(Clock.systemDefaultZone(), options));
    try (TalloApi api = new TalloApi(options.api())) {
      List<Long> idle = List.of();
      if (options.wants(Measurement.MEMORY)) {
        say("Memory of the idle services");
        Thread.sleep(SETTLING);
        idle = resident();
      }
      say("Warming up");
      talloBatches(api, options.quick() ? 20_000 : 100_000, cpuTimes()).measure();
      if (options.wants(Measurement.THROUGHPUT)) {
        say("Throughput, " + options.rounds() + " rounds");
        CpuTimes cpuTimes = cpuTimes();
        report.throughput(Throughput.measure(contenders(api, cpuTimes), options.rounds()));
        report.cpuTimes(cpuTimes);
      }
      if (options.wants(Measurement.SUBMITS)) {
        say("Single submits");
        report.submits(submits(api));
      }
      if (options.wants(Measurement.LATENCY)) {
        say("Latency when idle");
        report.latency(new Latency(api, options.quick() ? 300 : 3_000).measure());
      }
      if (options.wants(Measurement.MEMORY)) {
        report.services(options.services(), idle, resident());
      }
    }
    System.out.println("\n" + report.markdown());
    options.report().ifPresent(report::write);
  }

  private List<Contender> contenders(TalloApi api, CpuTimes cpuTimes) {
    boolean quick = options.quick();
    Path celery = options.logs().resolve("celery.log");
    return List.of(
        talloBatches(api, quick ? 40_000 : 200_000, cpuTimes),
        celery(Celery.Results.GATHERED, quick ? 2_000 : 10_000, celery),
        celery(Celery.Results.IGNORED, quick ? 4_000 : 20_000, celery),
        new PerfTest(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            options.perfTest(),
            options.broker(),
            quick ? 5 : 15,
            options.logs().resolve("perf-test.log")));
  }

  private static TalloBatches talloBatches(TalloApi api, int tasks, CpuTimes cpuTimes) {
    return new TalloBatches(api, tasks, 20_000, cpuTimes);
  }

  private CpuTimes cpuTimes() {
    Map<String, Long> processes = new LinkedHashMap<>();
    options.brokerProcess().ifPresent(pid -> processes.put("broker", pid));
    options.services().forEach(service -> processes.put(service.name(), service.pid()));
    return new CpuTimes(processes);
  }

  private Celery celery(Celery.Results results, int tasks, Path log) {
    return new Celery(results, tasks, options.python(), options.celery(), options.broker(), log);
  }

  private List<Double> submits(TalloApi api) {
    var submits =
        new SingleSubmits(api, Duration.ofSeconds(3), Duration.ofSeconds(options.quick() ? 3 : 10));
    List<Double> rates = new ArrayList<>();
    for (int round = 0; round < options.rounds(); round++) {
      rates.add(submits.measure());
      System.out.printf(
          "    round %d/%d  %,8.0f /s%n", round + 1, options.rounds(), rates.getLast());
    }
    return rates;
  }

  private List<Long> resident() {
    return options.services().stream().map(Service::residentMib).toList();
  }

  private static void say(String what) {
    System.out.println("==> " + what);
  }
}
