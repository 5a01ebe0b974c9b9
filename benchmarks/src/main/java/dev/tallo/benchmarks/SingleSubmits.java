package dev.tallo.benchmarks;

import dev.tallo.benchmarks.HttpConnection.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Tasks submitted one by one, each over one of 64 connections that wait for their 202 before they
 * submit the next.
 */
final class SingleSubmits {

  static final int CONNECTIONS = 64;

  private final TalloApi api;
  private final Duration warmUp;
  private final Duration duration;

  SingleSubmits(TalloApi api, Duration warmUp, Duration duration) {
    this.api = api;
    this.warmUp = warmUp;
    this.duration = duration;
  }

  /** Accepted submits per second; afterwards every task has been run. */
  double measure() {
    AtomicBoolean measuring = new AtomicBoolean();
    AtomicBoolean ended = new AtomicBoolean();
    byte[] request =
        HttpConnection.post(api.server(), TalloApi.TASKS, "{\"task\":\"demo.add\",\"args\":[2,3]}");
    try (HttpConnection connection = api.connect();
        var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      java.time.Instant since = java.time.Instant.now();
      List<Future<Long>> counts = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        counts.add(clients.submit(() -> submit(request, measuring, ended)));
      }
      Thread.sleep(warmUp);
      measuring.set(true);
      long start = System.nanoTime();
      Thread.sleep(duration);
      ended.set(true);
      double seconds = (System.nanoTime() - start) / 1e9;
      long accepted = 0;
      for (Future<Long> count : counts) {
        accepted += count.get();
      }
      while (!api.allFinished(connection, since)) {
        Thread.sleep(100);
      }
      return accepted / seconds;
    } catch (IOException | ExecutionException e) {
      throw new BenchmarkException("Tallo's API failed: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchmarkException("interrupted", e);
    }
  }

  private long submit(byte[] request, AtomicBoolean measuring, AtomicBoolean ended)
      throws IOException {
    long accepted = 0;
    try (HttpConnection connection = api.connect()) {
      while (!ended.get()) {
        Answer answer = connection.send(request);
        if (answer.status() != 202) {
          throw new BenchmarkException("a submit was answered " + answer.text());
        }
        if (measuring.get() && !ended.get()) {
          accepted++;
        }
      }
    }
    return accepted;
  }
}
