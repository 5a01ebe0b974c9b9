package dev.tallo.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Tallo end to end: tasks in batches over HTTP, routed, run by the worker, every result stored. The
 * clock runs from the first byte sent until the API knows a result for every task; some of the
 * results are then read and checked.
 */
final class TalloBatches implements Contender {

  static final String NAME = "Tallo";
  static final String ON_POSTGRESQL = "Tallo on PostgreSQL";
  static final String FAILING = "Tallo, 1 % failing";

  /** Of these, one fails, is retried once, and fails again. */
  private static final int ONE_FAILS = 100;

  /** Batches are sent over two connections, so that one is parsed while another is published. */
  private static final int CONNECTIONS = 2;

  private static final Duration DEADLINE = Duration.ofMinutes(5);
  private static final long POLL_MILLIS = 25;

  private final String name;
  private final TalloApi api;
  private final int tasks;
  private final int batchSize;
  private final CpuTimes cpuTimes;
  private final boolean failing;

  /**
   * @param name in the report
   * @param tasks tasks of a measurement, a multiple of {@code batchSize}
   * @param batchSize tasks of one HTTP request, at most 100,000
   * @param cpuTimes is told when tasks begin and end
   * @param failing whether one in a hundred fails twice
   */
  TalloBatches(
      String name, TalloApi api, int tasks, int batchSize, CpuTimes cpuTimes, boolean failing) {
    this.failing = failing;
    this.name = name;
    this.api = api;
    this.tasks = tasks;
    this.batchSize = batchSize;
    this.cpuTimes = cpuTimes;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public double measure() {
    byte[] batch = failing ? linesOfWhichSomeFail(batchSize) : lines(batchSize);
    List<String> sample = new ArrayList<>();
    try (HttpConnection connection = api.connect();
        var senders = Executors.newFixedThreadPool(CONNECTIONS)) {
      // The server sets "submitted" by its own clock, which is this machine's.
      Instant since = Instant.now();
      cpuTimes.begin();
      long start = System.nanoTime();
      List<Future<List<String>>> batches = new ArrayList<>();
      for (int sent = 0; sent < tasks; sent += batchSize) {
        batches.add(senders.submit(() -> api.submit(batch, batchSize)));
      }
      for (Future<List<String>> sent : batches) {
        sample.addAll(sent.get());
      }
      while (!api.allFinished(connection, since)) {
        if (System.nanoTime() - start > DEADLINE.toNanos()) {
          throw new BenchmarkException("not every task had a result after " + DEADLINE);
        }
        Thread.sleep(POLL_MILLIS);
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      cpuTimes.end(tasks);
      api.stored(sample, tasks);
      check(connection, sample, since);
      return tasks / seconds;
    } catch (IOException | ExecutionException e) {
      throw new BenchmarkException("Tallo's API failed: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchmarkException("interrupted", e);
    }
  }

  private void check(HttpConnection connection, List<String> sample, Instant since)
      throws IOException {
    if (!failing && api.anyFailed(connection, since)) {
      throw new BenchmarkException("some tasks failed");
    }
    for (String id : sample) {
      JsonNode task = api.task(connection, id, Duration.ZERO);
      if (!task.path("state").asText().equals("SUCCESS")
          || task.path("result").asInt() != task.path("args").path(0).asInt() + 1) {
        throw new BenchmarkException("a task has the wrong result: " + task);
      }
    }
  }

  /** Every hundredth fails, but none whose result is read and checked. */
  private static byte[] linesOfWhichSomeFail(int tasks) {
    StringBuilder lines = new StringBuilder(tasks * 40);
    for (int i = 0; i < tasks; i++) {
      lines.append(
          i % ONE_FAILS == ONE_FAILS / 2
              ? "{\"task\":\"demo.fail\",\"max_retries\":1,\"retry_backoff\":0.5}\n"
              : "{\"task\":\"demo.add\",\"args\":[" + i + ",1]}\n");
    }
    return lines.toString().getBytes(StandardCharsets.US_ASCII);
  }

  static byte[] lines(int tasks) {
    StringBuilder lines = new StringBuilder(tasks * 40);
    for (int i = 0; i < tasks; i++) {
      lines.append("{\"task\":\"demo.add\",\"args\":[").append(i).append(",1]}\n");
    }
    return lines.toString().getBytes(StandardCharsets.US_ASCII);
  }
}
