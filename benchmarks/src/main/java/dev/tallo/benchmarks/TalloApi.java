package dev.tallo.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tallo.benchmarks.HttpConnection.Answer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What the benchmark asks of Tallo's public HTTP API. */
final class TalloApi implements AutoCloseable {

  static final String TASKS = "/api/v1/tasks";

  /** States of a task whose result is still to come. */
  private static final List<String> UNFINISHED = List.of("PENDING", "RECEIVED", "STARTED", "RETRY");

  private static final Duration BATCH_TIMEOUT = Duration.ofMinutes(5);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI server;
  private final List<String> sample = new ArrayList<>();
  private int stored;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  TalloApi(URI server) {
    this.server = server;
  }

  URI server() {
    return server;
  }

  /** Takes note of tasks that the history has from now on, and of some of their ids. */
  void stored(List<String> ids, int tasks) {
    sample.addAll(ids);
    stored += tasks;
  }

  /** How many tasks the history has at least. */
  int stored() {
    return stored;
  }

  /** Ids of some of them. */
  List<String> sample() {
    return sample;
  }

  HttpConnection connect() throws IOException {
    return new HttpConnection(server);
  }

  /**
   * Submits a batch of tasks, one JSON object a line.
   *
   * @return the ids of a hundredth of the tasks, to look at their results later
   * @throws BenchmarkException if not every task was taken
   */
  List<String> submit(byte[] lines, int tasks) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(server.resolve(TASKS + "/batch"))
            .timeout(BATCH_TIMEOUT)
            .header("Content-Type", "application/x-ndjson")
            .POST(HttpRequest.BodyPublishers.ofByteArray(lines))
            .build();
    var response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
    List<String> sample = new ArrayList<>();
    int answered = 0;
    try (var answers =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.ISO_8859_1))) {
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        if (response.statusCode() != 200 || !line.startsWith("{\"id\"")) {
          throw new BenchmarkException(
              "a batch was answered " + response.statusCode() + ": " + line);
        }
        if (answered % 100 == 0) {
          sample.add(JSON.readTree(line).get("id").asText());
        }
        answered++;
      }
    }
    if (answered != tasks) {
      throw new BenchmarkException(answered + " answers to a batch of " + tasks + " tasks");
    }
    return sample;
  }

  /** Whether every task submitted since that moment has a result in the history. */
  boolean allFinished(HttpConnection connection, Instant since) throws IOException {
    for (String state : UNFINISHED) {
      if (any(connection, state, since)) {
        return false;
      }
    }
    return true;
  }

  /** Whether any task submitted since that moment has failed. */
  boolean anyFailed(HttpConnection connection, Instant since) throws IOException {
    return any(connection, "FAILURE", since);
  }

  private boolean any(HttpConnection connection, String state, Instant since) throws IOException {
    Answer answer =
        connection.send(
            HttpConnection.get(server, TASKS + "?limit=1&state=" + state + "&since=" + since));
    if (answer.status() != 200) {
      throw new BenchmarkException("tasks were asked for and answered " + answer.text());
    }
    return !JSON.readTree(answer.body()).path("tasks").isEmpty();
  }

  /** A task as the API tells it, waiting up to {@code wait} for its result. */
  JsonNode task(HttpConnection connection, String id, Duration wait) throws IOException {
    Answer answer = connection.send(HttpConnection.get(server, TASKS + "/" + id + "?wait=" + wait));
    if (answer.status() != 200) {
      throw new BenchmarkException("task " + id + " was answered " + answer.text());
    }
    return JSON.readTree(answer.body());
  }

  static JsonNode parse(Answer answer) throws IOException {
    return JSON.readTree(answer.body());
  }

  @Override
  public void close() {
    http.close();
  }
}
