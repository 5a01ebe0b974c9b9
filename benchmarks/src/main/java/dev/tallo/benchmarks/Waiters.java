package dev.tallo.benchmarks;

import dev.tallo.benchmarks.HttpConnection.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Tallo's batches while {@value #COUNT} clients wait, each for a task of its own that does not end:
 * connections with {@code ?wait} open all the while, asked again when their time is up.
 */
final class Waiters implements Contender {

  static final String NAME = "Tallo, 200 waiters";
  static final int COUNT = 200;

  private static final Duration WAIT = Duration.ofSeconds(60);

  private final TalloApi api;
  private final Contender batches;
  private final List<HttpConnection> connections = new ArrayList<>();
  private volatile boolean closing;

  Waiters(TalloApi api, Contender batches) {
    this.api = api;
    this.batches = batches;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void prepare() {
    closing = false;
    byte[] submit =
        HttpConnection.post(
            api.server(),
            TalloApi.TASKS,
            "{\"task\":\"demo.add\",\"args\":[1,1],\"countdown\":86400}");
    try (HttpConnection submits = api.connect()) {
      for (int i = 0; i < COUNT; i++) {
        String id = TalloApi.parse(submits.send(submit)).path("id").asText();
        HttpConnection connection = api.connect();
        connection.timeout(WAIT.plusSeconds(30));
        connections.add(connection);
        Thread.startVirtualThread(() -> waitFor(id, connection));
      }
    } catch (IOException e) {
      throw new BenchmarkException("Tallo's API failed: " + e, e);
    }
  }

  private void waitFor(String id, HttpConnection connection) {
    byte[] request = HttpConnection.get(api.server(), TalloApi.TASKS + "/" + id + "?wait=" + WAIT);
    try {
      while (!closing) {
        Answer answer = connection.send(request);
        if (answer.status() != 200) {
          throw new BenchmarkException("a wait was answered " + answer.text());
        }
      }
    } catch (IOException e) {
      if (!closing) {
        throw new BenchmarkException("a wait failed: " + e, e);
      }
    }
  }

  @Override
  public double measure() {
    return batches.measure();
  }

  @Override
  public void close() {
    closing = true;
    for (HttpConnection connection : connections) {
      try {
        connection.close();
      } catch (IOException e) {
        throw new BenchmarkException("a waiter did not close: " + e, e);
      }
    }
    connections.clear();
  }
}
