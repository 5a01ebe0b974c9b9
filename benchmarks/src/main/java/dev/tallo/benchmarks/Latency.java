package dev.tallo.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.benchmarks.HttpConnection.Answer;
import java.io.IOException;
import java.time.Duration;

/**
 * From submit to result while nothing else is to be done: one client submits {@code demo.add},
 * waits for the result with {@code ?wait}, pauses, submits the next.
 */
final class Latency {

  /** Nearest-rank percentiles. */
  record Measured(Duration p50, Duration p99) {}

  private static final int WARM_UP = 500;
  private static final long PAUSE_MILLIS = 5;

  private final TalloApi api;
  private final int tasks;

  Latency(TalloApi api, int tasks) {
    this.api = api;
    this.tasks = tasks;
  }

  Measured measure() {
    byte[] submit =
        HttpConnection.post(api.server(), TalloApi.TASKS, "{\"task\":\"demo.add\",\"args\":[2,3]}");
    long[] nanos = new long[tasks];
    try (HttpConnection connection = api.connect()) {
      for (int i = -WARM_UP; i < tasks; i++) {
        long start = System.nanoTime();
        Answer accepted = connection.send(submit);
        JsonNode task =
            api.task(
                connection, TalloApi.parse(accepted).path("id").asText(), Duration.ofSeconds(10));
        long taken = System.nanoTime() - start;
        if (task.path("result").asInt() != 5) {
          throw new BenchmarkException("a task has the wrong result: " + task);
        }
        if (i >= 0) {
          nanos[i] = taken;
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (IOException e) {
      throw new BenchmarkException("Tallo's API failed: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchmarkException("interrupted", e);
    }
    return new Measured(
        Duration.ofNanos(Statistics.percentile(nanos, 0.5)),
        Duration.ofNanos(Statistics.percentile(nanos, 0.99)));
  }
}
