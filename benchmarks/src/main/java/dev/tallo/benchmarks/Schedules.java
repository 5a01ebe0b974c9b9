package dev.tallo.benchmarks;

import dev.tallo.benchmarks.HttpConnection.Answer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Many schedules on one replica of the scheduler, of which {@value #RATE} are due each second;
 * their tasks go the whole way.
 */
final class Schedules {
  /** Firings a second. */
  static final int RATE = 500;

  private static final int CONNECTIONS = 16;
  private static final String PATH = "/api/v1/schedules";

  /** Schedules that have been due once have all of their code and data warm. */
  private static final Duration WARM_UP = Duration.ofSeconds(20);

  private static final Pattern BUCKET =
      Pattern.compile(
          "(?m)^tallo_scheduler_lateness_seconds_bucket\\{.*?le=\"([^\"]+)\"[^}]*} ([0-9.E+]+)$");

  /**
   * The scheduler that is measured.
   *
   * @param api its HTTP API
   * @param metrics its management address
   * @param pid its process
   */
  record Scheduler(URI api, URI metrics, long pid) {

    /** Reads {@code API,METRICS,PID}. */
    static Scheduler parse(String text) {
      String[] parts = text.split(",");
      return new Scheduler(URI.create(parts[0]), URI.create(parts[1]), Long.parseLong(parts[2]));
    }
  }

  /**
   * @param schedules how many there were
   * @param rate firings a second that were sent
   * @param p99 of their lateness, from the time that each was due to the broker's confirm: the
   *     upper bound of its bucket
   * @param cpuPerFiring the scheduler's processor time, all that it did divided by its firings
   */
  record Measured(int schedules, double rate, Duration p99, Duration cpuPerFiring) {}

  private final Scheduler scheduler;
  private final int schedules;
  private final Duration duration;

  Schedules(Scheduler scheduler, int schedules, Duration duration) {
    this.scheduler = scheduler;
    this.schedules = schedules;
    this.duration = duration;
  }

  Measured measure() {
    try {
      add();
      Thread.sleep(WARM_UP);
      TreeMap<Double, Double> before = lateness();
      Duration cpuBefore = cpu();
      long start = System.nanoTime();
      Thread.sleep(duration);
      TreeMap<Double, Double> after = lateness();
      double seconds = (System.nanoTime() - start) / 1e9;
      Duration cpu = cpu().minus(cpuBefore);
      double fired = after.lastEntry().getValue() - before.lastEntry().getValue();
      if (fired < 0.9 * RATE * seconds) {
        throw new BenchmarkException(
            "%.0f firings in %.0f s, where %d a second were due".formatted(fired, seconds, RATE));
      }
      return new Measured(
          schedules,
          fired / seconds,
          percentile(before, after, 0.99),
          Duration.ofNanos((long) (cpu.toNanos() / fired)));
    } catch (IOException | ExecutionException e) {
      throw new BenchmarkException("the scheduler failed: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchmarkException("interrupted", e);
    }
  }

  /** Each has an anchor of its own, so that as many are due in each second as in any other. */
  private void add() throws InterruptedException, ExecutionException {
    int period = schedules / RATE;
    AtomicInteger next = new AtomicInteger();
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        done.add(
            clients.submit(
                () -> {
                  try (HttpConnection connection = new HttpConnection(scheduler.api())) {
                    for (int n = next.getAndIncrement();
                        n < schedules;
                        n = next.getAndIncrement()) {
                      add(connection, n, period);
                    }
                  }
                  return schedules;
                }));
      }
      for (Future<?> one : done) {
        one.get();
      }
    }
  }

  private void add(HttpConnection connection, int number, int period) throws IOException {
    String json =
        "{\"name\":\"bench-%d\",\"task\":\"demo.add\",\"args\":[2,3],\"every\":%d,\"anchor\":\"%s\"}"
            .formatted(number, period, Instant.EPOCH.plusMillis(number * 1_000L / RATE));
    Answer answer = connection.send(HttpConnection.post(scheduler.api(), PATH, json));
    if (answer.status() != 201) {
      throw new BenchmarkException("a schedule was answered " + answer.text());
    }
  }

  private Duration cpu() {
    return ProcessHandle.of(scheduler.pid())
        .flatMap(process -> process.info().totalCpuDuration())
        .orElseThrow(() -> new BenchmarkException("the scheduler does not run any more"));
  }

  private TreeMap<Double, Double> lateness() throws IOException {
    try (HttpConnection connection = new HttpConnection(scheduler.metrics())) {
      Answer answer = connection.send(HttpConnection.get(scheduler.metrics(), "/q/metrics"));
      return buckets(new String(answer.body(), StandardCharsets.UTF_8));
    }
  }

  /** How many firings were at most so many seconds late, as Prometheus' format has it. */
  static TreeMap<Double, Double> buckets(String metrics) {
    TreeMap<Double, Double> buckets = new TreeMap<>();
    Matcher bucket = BUCKET.matcher(metrics);
    while (bucket.find()) {
      double bound =
          bucket.group(1).equals("+Inf")
              ? Double.POSITIVE_INFINITY
              : Double.parseDouble(bucket.group(1));
      buckets.put(bound, Double.parseDouble(bucket.group(2)));
    }
    if (buckets.isEmpty()) {
      throw new BenchmarkException("the scheduler tells nothing of its lateness");
    }
    return buckets;
  }

  /** The lowest bound under which this share of what was added lies. */
  static Duration percentile(
      TreeMap<Double, Double> before, TreeMap<Double, Double> after, double share) {
    double all = after.lastEntry().getValue() - before.lastEntry().getValue();
    for (var bucket : after.entrySet()) {
      if (bucket.getValue() - before.getOrDefault(bucket.getKey(), 0.0) >= share * all) {
        return Double.isInfinite(bucket.getKey())
            ? Duration.ofDays(1)
            : Duration.ofNanos((long) (bucket.getKey() * 1e9));
      }
    }
    throw new IllegalArgumentException("no buckets");
  }
}
