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
    try (TalloApi sqlite = new TalloApi(options.api());
        TalloApi postgresql = new TalloApi(options.postgresqlApi().orElse(options.api()))) {
      List<Long> idle = List.of();
      if (options.wants(Measurement.MEMORY)) {
        say("Memory of the idle services");
        Thread.sleep(SETTLING);
        idle = resident();
      }
      Map<String, TalloApi> stores = new LinkedHashMap<>();
      stores.put("SQLite", sqlite);
      options.postgresqlApi().ifPresent(any -> stores.put("PostgreSQL", postgresql));
      if (options.only().filter(Measurement.SCHEDULES::equals).isEmpty()) {
        say("Warming up");
        for (TalloApi api : stores.values()) {
          talloBatches("warm-up", api, options.quick() ? 20_000 : 100_000, cpuTimes()).measure();
        }
      }
      Map<String, Double> submitsWhenEmpty = new LinkedHashMap<>();
      if (options.wants(Measurement.SUBMITS) || options.wants(Measurement.HISTORY)) {
        stores.forEach(
            (store, api) -> {
              say("Single submits, " + store);
              submitsWhenEmpty.put(store, Statistics.median(submits(api)));
            });
        report.submits(submitsWhenEmpty.get("SQLite"));
      }
      if (options.wants(Measurement.THROUGHPUT)) {
        say("Throughput, " + options.rounds() + " rounds");
        CpuTimes alone = cpuTimes();
        CpuTimes waitedFor = cpuTimes();
        report.throughput(
            Throughput.measure(contenders(stores, alone, waitedFor), options.rounds()));
        report.cpuTimes(alone);
        report.waiters(alone, waitedFor);
      }
      if (options.wants(Measurement.LATENCY)) {
        say("Latency when idle");
        report.latency(new Latency(sqlite, options.quick() ? 300 : 3_000).measure());
      }
      if (options.wants(Measurement.HISTORY)) {
        stores.forEach((store, api) -> history(store, api, submitsWhenEmpty.get(store)));
      }
      if (options.wants(Measurement.DELAYS)) {
        int delayed = options.quick() ? 10_000 : 100_000;
        say("%,d delayed tasks".formatted(delayed));
        report.delays(new Delays(sqlite, delayed, worker()).measure());
      }
      if (options.wants(Measurement.SCHEDULES) && options.scheduler().isPresent()) {
        int schedules = options.quick() ? 10_000 : 100_000;
        say("%,d schedules".formatted(schedules));
        report.schedules(
            new Schedules(
                    options.scheduler().get(),
                    schedules,
                    Duration.ofSeconds(options.quick() ? 15 : 60))
                .measure());
      }
      if (options.wants(Measurement.MEMORY)) {
        report.services(options.services(), idle, resident());
      }
    }
    System.out.println("\n" + report.markdown());
    options.report().ifPresent(report::write);
  }

  /** Fills the history up, then asks it, and submits once more. */
  private void history(String store, TalloApi api, double submitsWhenEmpty) {
    int wanted = options.quick() ? 40_000 : 1_000_000;
    say("%s with %,d tasks".formatted(store, wanted));
    while (api.stored() < wanted) {
      talloBatches("filling", api, 20_000, cpuTimes()).measure();
    }
    report.history(
        store,
        new LargeHistory(api, options.quick() ? 300 : 3_000).measure(),
        Statistics.median(submits(api)) / submitsWhenEmpty);
  }

  private List<Contender> contenders(
      Map<String, TalloApi> stores, CpuTimes alone, CpuTimes waitedFor) {
    boolean quick = options.quick();
    int tasks = quick ? 40_000 : 200_000;
    Path celery = options.logs().resolve("celery.log");
    List<Contender> contenders = new ArrayList<>();
    TalloApi sqlite = stores.get("SQLite");
    contenders.add(talloBatches(TalloBatches.NAME, sqlite, tasks, alone));
    contenders.add(new Waiters(sqlite, talloBatches(Waiters.NAME, sqlite, tasks, waitedFor)));
    contenders.add(new TalloBatches(TalloBatches.FAILING, sqlite, tasks, 20_000, cpuTimes(), true));
    if (stores.containsKey("PostgreSQL")) {
      contenders.add(
          talloBatches(TalloBatches.ON_POSTGRESQL, stores.get("PostgreSQL"), tasks, cpuTimes()));
    }
    contenders.add(celery(Celery.Results.GATHERED, quick ? 2_000 : 10_000, celery));
    contenders.add(celery(Celery.Results.IGNORED, quick ? 4_000 : 20_000, celery));
    contenders.add(
        new PerfTest(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            options.perfTest(),
            options.broker(),
            quick ? 5 : 15,
            options.logs().resolve("perf-test.log")));
    return contenders;
  }

  private long worker() {
    return options.services().stream()
        .filter(service -> service.name().equals("worker"))
        .mapToLong(Service::pid)
        .findFirst()
        .orElseThrow(() -> new BenchmarkException("--service worker:… is missing"));
  }

  private static TalloBatches talloBatches(
      String name, TalloApi api, int tasks, CpuTimes cpuTimes) {
    return new TalloBatches(name, api, tasks, 20_000, cpuTimes, false);
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
    int rounds = options.quick() ? 1 : 3;
    for (int round = 1; round <= rounds; round++) {
      rates.add(submits.measure());
      System.out.printf("    round %d/%d  %,8.0f /s%n", round, rounds, rates.getLast());
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
