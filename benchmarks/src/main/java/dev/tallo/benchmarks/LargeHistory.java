package dev.tallo.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.benchmarks.HttpConnection.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** What the API takes when the history has a million tasks: pages of all kinds, and one task. */
final class LargeHistory {

  /**
   * Nearest-rank percentiles.
   *
   * @param tasks in the history, at least
   */
  record Measured(int tasks, Duration pagesP99, Duration lookUpsP99) {}

  private static final List<String> PAGES =
      List.of(
          "?limit=50",
          "?limit=50&state=SUCCESS",
          "?limit=50&state=FAILURE",
          "?limit=50&task=demo.add",
          "?limit=50&task=no.such-task",
          "?limit=50&queue=default",
          "?limit=50&until=2020-01-01T00:00:00Z");

  private static final int WARM_UP = 200;

  private final TalloApi api;
  private final int requests;

  LargeHistory(TalloApi api, int requests) {
    this.api = api;
    this.requests = requests;
  }

  Measured measure() {
    Random random = new Random(1);
    try (HttpConnection connection = api.connect()) {
      long[] pages = new long[requests];
      String cursor = "";
      for (int i = -WARM_UP; i < requests; i++) {
        // Every other page is a later one: the next of the one before.
        boolean later = i % 2 != 0 && !cursor.isEmpty();
        String page =
            later ? "?limit=50&cursor=" + cursor : PAGES.get(Math.abs(i / 2) % PAGES.size());
        long start = System.nanoTime();
        JsonNode answer = get(connection, TalloApi.TASKS + page);
        if (i >= 0) {
          pages[i] = System.nanoTime() - start;
        }
        if (later || cursor.isEmpty()) {
          cursor = answer.path("next").asText("");
        }
      }
      long[] lookUps = new long[requests];
      for (int i = -WARM_UP; i < requests; i++) {
        String id = api.sample().get(random.nextInt(api.sample().size()));
        long start = System.nanoTime();
        get(connection, TalloApi.TASKS + "/" + id);
        if (i >= 0) {
          lookUps[i] = System.nanoTime() - start;
        }
      }
      return new Measured(
          api.stored(),
          Duration.ofNanos(Statistics.percentile(pages, 0.99)),
          Duration.ofNanos(Statistics.percentile(lookUps, 0.99)));
    } catch (IOException e) {
      throw new BenchmarkException("Tallo's API failed: " + e, e);
    }
  }

  private JsonNode get(HttpConnection connection, String path) throws IOException {
    Answer answer = connection.send(HttpConnection.get(api.server(), path));
    if (answer.status() != 200) {
      throw new BenchmarkException(path + " was answered " + answer.text());
    }
    return TalloApi.parse(answer);
  }
}
