package dev.tallo.systemtests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is asked of the producer's HTTP API. */
final class Api {
  private static final String TASKS = "/api/v1/tasks";
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration BATCH_ANSWER = Duration.ofSeconds(45);
  private static final Duration READ_DEADLINE = Duration.ofSeconds(60);
  private static final int PAGE = 500;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A status and a body. */
  record Answer(int status, String body) {
    /** One line of it, or the whole, as JSON. */
    static JsonNode json(String text) {
      try {
        return JSON.readTree(text);
      } catch (IOException e) {
        throw new ChaosException("no JSON: " + text, e);
      }
    }
  }

  /** A task as the history has it. */
  record Task(String state, Optional<Long> result) {}

  private final URI server;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  Api(URI server) {
    this.server = server;
  }

  Answer submit(String task) throws IOException, InterruptedException {
    return post(TASKS, "application/json", ANSWER, task, Map.of());
  }

  Answer submit(String task, String idempotencyKey) throws IOException, InterruptedException {
    return post(TASKS, "application/json", ANSWER, task, Map.of("Idempotency-Key", idempotencyKey));
  }

  Answer submitBatch(String lines) throws IOException, InterruptedException {
    return post(TASKS + "/batch", "application/x-ndjson", BATCH_ANSWER, lines, Map.of());
  }

  private Answer post(
      String path, String type, Duration timeout, String body, Map<String, String> headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.resolve(path))
            .timeout(timeout)
            .header("Content-Type", type)
            .POST(HttpRequest.BodyPublishers.ofString(body));
    headers.forEach(request::header);
    return send(request.build());
  }

  private Answer send(HttpRequest request) throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    return new Answer(response.statusCode(), response.body());
  }

  /** All tasks that were submitted since a moment, of one state or of all. */
  Map<String, Task> tasks(Instant since, Optional<String> state) {
    Map<String, Task> tasks = new HashMap<>();
    Optional<String> cursor = Optional.empty();
    do {
      List<String> query = new ArrayList<>(List.of("limit=" + PAGE, "since=" + since));
      state.ifPresent(one -> query.add("state=" + one));
      cursor.ifPresent(at -> query.add("cursor=" + URLEncoder.encode(at, StandardCharsets.UTF_8)));
      JsonNode page = Answer.json(get(TASKS + "?" + String.join("&", query), List.of(200)).body());
      page.path("tasks")
          .forEach(
              task -> {
                JsonNode result = task.path("result");
                tasks.put(
                    task.path("id").asText(),
                    new Task(
                        task.path("state").asText(),
                        result.canConvertToLong()
                            ? Optional.of(result.asLong())
                            : Optional.empty()));
              });
      cursor = Optional.ofNullable(page.path("next").asText(null));
    } while (cursor.isPresent());
    return tasks;
  }

  /** Whether the history has this task. */
  boolean knows(String id) {
    return get(TASKS + "/" + id, List.of(200, 404)).status() == 200;
  }

  /** Reads, again while the service or its store is away. */
  private Answer get(String path, List<Integer> expected) {
    HttpRequest request = HttpRequest.newBuilder(URI.create(server + path)).timeout(ANSWER).build();
    Answer[] answer = new Answer[1];
    Waiting.until(
        "an answer to GET " + path,
        READ_DEADLINE,
        () -> {
          try {
            answer[0] = send(request);
          } catch (IOException away) {
            return false;
          }
          boolean answered = expected.contains(answer[0].status());
          if (!answered && answer[0].status() != 503) {
            throw new ChaosException("GET " + path + " was answered " + answer[0]);
          }
          return answered;
        });
    return answer[0];
  }
}
