package dev.tallo.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Many tasks that wait in the broker: how fast they are accepted, what the worker's heap knows of
 * them meanwhile, and how late they begin.
 */
final class Delays {
  private static final int BATCH = 10_000;

  /** The first is due when all have been accepted and the worker's heap was looked at. */
  private static final Duration FIRST_DUE = Duration.ofSeconds(75);

  private static final Duration SPREAD = Duration.ofMinutes(2);
  private static final Duration DEADLINE = Duration.ofMinutes(5);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final int HEAP_LOOKS = 15;
  private static final Duration HEAP_PAUSE = Duration.ofSeconds(2);

  /** A heap of which this part is left two seconds later has settled. */
  private static final double HEAP_SETTLED = 0.98;

  private static final Pattern USED = Pattern.compile("(?m)^(?:DefNew|Tenured) .*used (\\d+)K");

  /**
   * @param undelayedPerSecond tasks accepted of the same batches without a countdown
   * @param lateP99 of a hundredth of the tasks, from the time that each was due until it began
   * @param heapWithout used kibibytes after a collection, without delayed tasks
   * @param heapWithDelayed likewise, while all wait
   */
  record Measured(
      int tasks,
      double undelayedPerSecond,
      double acceptedPerSecond,
      Duration lateP99,
      long heapWithout,
      long heapWithDelayed) {}

  private final TalloApi api;
  private final int tasks;
  private final long worker;

  /**
   * @param tasks a multiple of 10,000
   * @param worker its process
   */
  Delays(TalloApi api, int tasks, long worker) {
    this.api = api;
    this.tasks = tasks;
    this.worker = worker;
  }

  Measured measure() {
    Random random = new Random(1);
    try (HttpConnection connection = api.connect()) {
      Instant since = Instant.now();
      double undelayed = accept(i -> "", new ArrayList<>());
      awaitFinished(connection, since);
      long heapWithout = heap();
      Instant begin = Instant.now();
      List<String> sample = new ArrayList<>();
      double delayed =
          accept(
              i ->
                  ",\"countdown\":%.3f"
                      .formatted(FIRST_DUE.toSeconds() + random.nextDouble() * SPREAD.toSeconds()),
              sample);
      if (Duration.between(begin, Instant.now()).compareTo(FIRST_DUE.minusSeconds(20)) > 0) {
        throw new BenchmarkException("the delayed tasks were not accepted before they are due");
      }
      long heapWithDelayed = heap();
      awaitFinished(connection, begin);
      api.stored(sample, 2 * tasks);
      long[] late = new long[sample.size()];
      for (int i = 0; i < late.length; i++) {
        JsonNode task = api.task(connection, sample.get(i), Duration.ZERO);
        late[i] =
            Duration.between(
                    Instant.parse(task.path("eta").asText()),
                    Instant.parse(task.path("started").asText()))
                .toNanos();
        if (late[i] < 0) {
          throw new BenchmarkException("a task began before its time: " + task);
        }
      }
      return new Measured(
          tasks,
          undelayed,
          delayed,
          Duration.ofNanos(Statistics.percentile(late, 0.99)),
          heapWithout,
          heapWithDelayed);
    } catch (IOException e) {
      throw new BenchmarkException("Tallo's API failed: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchmarkException("interrupted", e);
    }
  }

  /** What a line has besides the task, by its number. */
  private interface Besides {
    String of(int line);
  }

  /** Submits all, batch after batch; tasks accepted a second. */
  private double accept(Besides besides, List<String> sample)
      throws IOException, InterruptedException {
    long nanos = 0;
    for (int sent = 0; sent < tasks; sent += BATCH) {
      StringBuilder lines = new StringBuilder(BATCH * 64);
      for (int i = 0; i < BATCH; i++) {
        lines.append("{\"task\":\"demo.add\",\"args\":[1,2]").append(besides.of(i)).append("}\n");
      }
      byte[] batch = lines.toString().getBytes(StandardCharsets.US_ASCII);
      long start = System.nanoTime();
      sample.addAll(api.submit(batch, BATCH));
      nanos += System.nanoTime() - start;
    }
    return tasks / (nanos / 1e9);
  }

  private void awaitFinished(HttpConnection connection, Instant since)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    while (!api.allFinished(connection, since)) {
      if (System.nanoTime() - start > DEADLINE.toNanos()) {
        throw new BenchmarkException("not every task had a result after " + DEADLINE);
      }
      Thread.sleep(POLL);
    }
  }

  /**
   * Used kibibytes of the worker's heap after a collection, by the serial collector's words, when
   * it no longer shrinks: what the load before has left is let go of by and by.
   */
  private long heap() throws InterruptedException {
    long used = heapNow();
    for (int i = 0; i < HEAP_LOOKS; i++) {
      Thread.sleep(HEAP_PAUSE);
      long before = used;
      used = heapNow();
      if (used > before * HEAP_SETTLED) {
        return used;
      }
    }
    throw new BenchmarkException("the worker's heap does not settle; it is %d KiB".formatted(used));
  }

  private long heapNow() {
    jcmd("GC.run");
    Matcher used = USED.matcher(jcmd("GC.heap_info"));
    long sum = 0;
    while (used.find()) {
      sum += Long.parseLong(used.group(1));
    }
    if (sum == 0) {
      throw new BenchmarkException(
          "the worker's heap cannot be read; has it the serial collector?");
    }
    return sum;
  }

  private String jcmd(String command) {
    Path bin = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    return Command.run(
        List.of(bin.toString(), Long.toString(worker), command),
        Path.of("."),
        Map.of(),
        Path.of("/dev/null"),
        Duration.ofSeconds(30));
  }
}
