package dev.tallo.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes what was measured as Markdown, on the screen and into a document between two marks. */
final class Report {

  static final String BEGIN = "<!-- measured: begin (written by ./tallo bench) -->";
  static final String END = "<!-- measured: end -->";

  private final List<String> lines = new ArrayList<>();
  private final List<String> targets = new ArrayList<>();

  void machine(String description) {
    lines.add(description);
    lines.add("");
  }

  void throughput(Throughput throughput) {
    section("Throughput, tasks per second");
    row("", "median", "rounds");
    rule(3);
    for (String contender : throughput.contenders()) {
      List<Double> rates = throughput.rates(contender);
      row(
          contender,
          number(Statistics.median(rates)),
          String.join(", ", rates.stream().map(Report::number).toList()));
    }
    lines.add("");
    target(throughput, Celery.Results.GATHERED.label(), 8, 13);
    target(throughput, Celery.Results.IGNORED.label(), 4, 6);
    target(throughput, PerfTest.NAME, 0.5, 0.65);
    throughput
        .ratio(TalloBatches.FAILING, TalloBatches.NAME)
        .ifPresent(
            ratio ->
                target(
                    "Tallo with 1 % failing and retried / without (median of the rounds' ratios)",
                    ratio(ratio), "≥ 0.8", ratio >= 0.8));
    throughput
        .ratio(TalloBatches.ON_POSTGRESQL, TalloBatches.NAME)
        .ifPresent(
            ratio ->
                target(
                    "Tallo on PostgreSQL / on SQLite (median of the rounds' ratios)",
                    ratio(ratio),
                    "≥ 0.7",
                    ratio >= 0.7));
  }

  /** What those who wait for other tasks cost each task that runs. */
  void waiters(CpuTimes alone, CpuTimes waitedFor) {
    double ratio = sum(waitedFor.medians()) / sum(alone.medians());
    target(
        "Processor time of a task beside " + Waiters.COUNT + " waiters / without",
        ratio(ratio),
        "≤ 1.10",
        ratio <= 1.10);
  }

  /** Pages, look-ups and submits with many tasks in the history. */
  void history(String store, LargeHistory.Measured measured, double submits) {
    String where = ", %s with %,d tasks".formatted(store, measured.tasks());
    Duration limit = Duration.ofMillis(50);
    target(
        "Pages of tasks" + where + ", p99",
        millis(measured.pagesP99()),
        "< 50 ms",
        measured.pagesP99().compareTo(limit) < 0);
    target(
        "Look-up of a task" + where + ", p99",
        millis(measured.lookUpsP99()),
        "< 50 ms",
        measured.lookUpsP99().compareTo(limit) < 0);
    target("Single submits" + where + " / with few", ratio(submits), "≥ 0.8", submits >= 0.8);
  }

  /** What delayed tasks cost, and when they come. */
  void delays(Delays.Measured measured) {
    double accepted = measured.acceptedPerSecond() / measured.undelayedPerSecond();
    target(
        "Submits of %,d delayed tasks / undelayed, per second (%s / %s)"
            .formatted(
                measured.tasks(),
                number(measured.acceptedPerSecond()),
                number(measured.undelayedPerSecond())),
        ratio(accepted),
        "≥ 0.5",
        accepted >= 0.5);
    target(
        "Delayed tasks, uniform over 2 minutes: start after they were due, p99",
        millis(measured.lateP99()),
        "≤ 1,500 ms",
        measured.lateP99().compareTo(Duration.ofMillis(1_500)) <= 0);
    double heap = (double) measured.heapWithDelayed() / measured.heapWithout();
    target(
        "Heap of the idle worker with delayed tasks / without",
        ratio(heap),
        "0.9 to 1.1",
        heap >= 0.9 && heap <= 1.1);
  }

  /** What many schedules cost. */
  void schedules(Schedules.Measured measured) {
    section("Schedules, on PostgreSQL");
    row("schedules", "firings per second", "scheduler's processor time of a firing");
    rule(3);
    row(number(measured.schedules()), number(measured.rate()), millis(measured.cpuPerFiring()));
    lines.add("");
    target(
        "Lateness of firings, %d per second of %,d schedules, p99, at most"
            .formatted(Schedules.RATE, measured.schedules()),
        millis(measured.p99()),
        "< 250 ms",
        measured.p99().compareTo(Duration.ofMillis(250)) < 0);
  }

  private static double sum(Map<String, Double> values) {
    return values.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  private static String ratio(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private void target(Throughput throughput, String beside, double least, double aim) {
    throughput
        .ratio(TalloBatches.NAME, beside)
        .ifPresent(
            ratio ->
                target(
                    "Tallo / " + beside + " (median of the rounds' ratios)",
                    ratio(ratio),
                    "≥ " + plain(least) + ", aim " + plain(aim),
                    ratio >= least));
  }

  /** Where the time of a task goes, and what rate that allows on this machine. */
  void cpuTimes(CpuTimes cpuTimes) {
    var medians = cpuTimes.medians();
    double sum = sum(medians);
    section("Processor time of a Tallo task, microseconds");
    row("process", "median", "share");
    rule(3);
    medians.forEach(
        (name, micros) ->
            row(
                name,
                String.format(Locale.ROOT, "%.1f", micros),
                String.format(Locale.ROOT, "%.0f %%", 100 * micros / sum)));
    row("**together**", String.format(Locale.ROOT, "**%.1f**", sum), "");
    lines.add("");
  }

  void submits(double median) {
    target(
        "Single submits over " + SingleSubmits.CONNECTIONS + " connections, per second",
        number(median),
        "≥ 2,500",
        median >= 2500);
  }

  void latency(Latency.Measured latency) {
    target(
        "Submit to result when idle, p50",
        millis(latency.p50()),
        "< 10 ms",
        latency.p50().compareTo(Duration.ofMillis(10)) < 0);
    target(
        "Submit to result when idle, p99",
        millis(latency.p99()),
        "< 50 ms",
        latency.p99().compareTo(Duration.ofMillis(50)) < 0);
  }

  /** Resident memory and start-up time of each service; the lists are in the same order. */
  void services(List<Service> services, List<Long> idle, List<Long> loaded) {
    section("Services");
    row("service", "idle, MiB", "after the load, MiB", "start-up");
    rule(4);
    for (int i = 0; i < services.size(); i++) {
      Service service = services.get(i);
      row(
          service.name(),
          Long.toString(idle.get(i)),
          Long.toString(loaded.get(i)),
          String.format(Locale.ROOT, "%.2f s", service.startUp().toMillis() / 1e3));
    }
    lines.add("");
    long most = idle.stream().mapToLong(Long::longValue).max().orElse(0);
    target("Resident memory of an idle service, at most", most + " MiB", "≤ 200 MiB", most <= 200);
  }

  String markdown() {
    List<String> all = new ArrayList<>(lines);
    if (!targets.isEmpty()) {
      all.add("### Targets");
      all.add("");
      all.add("| what | measured | target | met |");
      all.add("|---|---|---|---|");
      all.addAll(targets);
      all.add("");
    }
    return String.join("\n", all);
  }

  /**
   * Puts the report between the two marks of a document.
   *
   * @throws BenchmarkException if the document has no such marks
   */
  static String replace(String document, String report) {
    int begin = document.indexOf(BEGIN);
    int end = document.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new BenchmarkException("the document has no lines '" + BEGIN + "' and '" + END + "'");
    }
    return document.substring(0, begin + BEGIN.length())
        + "\n\n"
        + report.strip()
        + "\n\n"
        + document.substring(end);
  }

  void write(Path document) {
    try {
      Files.writeString(document, replace(Files.readString(document), markdown()));
    } catch (IOException e) {
      throw new BenchmarkException("could not write " + document + ": " + e, e);
    }
  }

  private void section(String title) {
    lines.add("### " + title);
    lines.add("");
  }

  private void target(String what, String measured, String target, boolean met) {
    targets.add("| %s | %s | %s | %s |".formatted(what, measured, target, met ? "yes" : "**no**"));
  }

  private void row(String... cells) {
    lines.add("| " + String.join(" | ", cells) + " |");
  }

  private void rule(int columns) {
    lines.add("|" + "---|".repeat(columns));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? Long.toString(Math.round(value)) : Double.toString(value);
  }

  private static String millis(Duration duration) {
    return String.format(Locale.ROOT, "%.1f ms", duration.toNanos() / 1e6);
  }
}
