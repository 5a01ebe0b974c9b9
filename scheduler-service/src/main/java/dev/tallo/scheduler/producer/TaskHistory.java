package dev.tallo.scheduler.producer;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.messaging.protocol.State;
import dev.tallo.scheduler.configuration.ProducerConfiguration;
import dev.tallo.security.ServiceKey;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What the producer knows of a task. At most {@value #AT_ONCE} questions are under way at once, and
 * each is answered, or not, within some seconds. Blocks: call it on a virtual thread.
 */
@Singleton
public class TaskHistory {
  private static final String TASKS = "/api/v1/tasks/";
  private static final int AT_ONCE = 64;
  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration ANSWER = Duration.ofSeconds(3);
  private static final Set<State> ENDED =
      EnumSet.of(State.SUCCESS, State.FAILURE, State.REVOKED, State.REJECTED, State.IGNORED);

  private final URI producer;
  private final ServiceKey key;
  private final HttpClient http;
  private final Semaphore questions = new Semaphore(AT_ONCE);

  /** How a task stands. */
  public sealed interface Standing {
    /** It has an outcome. */
    record Ended() implements Standing {}

    /** It has none yet. */
    record Running(String state) implements Standing {}

    /** The history does not know it, or cannot be asked. */
    record Unknown(String why) implements Standing {}
  }

  @Inject
  public TaskHistory(ProducerConfiguration configuration, ServiceKey key) {
    this(configuration.url(), key);
  }

  /**
   * @param producer its address
   * @param key with which it is asked
   */
  public TaskHistory(URI producer, ServiceKey key) {
    this.producer = producer;
    this.key = key;
    http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .executor(task -> Thread.ofVirtual().start(task))
            .build();
  }

  /** How this task stands. */
  public Standing standing(String taskId) throws InterruptedException {
    try {
      HttpResponse<byte[]> answer = send(request(taskId).GET().build());
      if (answer.statusCode() != 200) {
        return new Standing.Unknown(
            switch (answer.statusCode()) {
              case 404 -> "the history does not know it";
              case 401, 403 ->
                  "the producer does not take tallo.security.service-key, which has to be the"
                      + " secret of a key there, of the role submit";
              default -> "the history answered " + answer.statusCode();
            });
      }
      JsonNode state = CeleryJson.MAPPER.readTree(answer.body()).path("state");
      return ENDED.stream().anyMatch(ended -> ended.name().equals(state.asText()))
          ? new Standing.Ended()
          : new Standing.Running(state.asText());
    } catch (IOException e) {
      return new Standing.Unknown("the history could not be asked: " + e);
    }
  }

  /** Tells a task to end. Returns whether the producer took that. */
  public boolean cancel(String taskId) throws InterruptedException {
    try {
      HttpRequest request =
          request(taskId + "/revoke")
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString("{\"terminate\": true}"))
              .build();
      return send(request).statusCode() / 100 == 2;
    } catch (IOException e) {
      return false;
    }
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(producer.resolve(TASKS + path)).timeout(ANSWER);
    key.authorization().ifPresent(own -> request.header("Authorization", own));
    return request;
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws IOException, InterruptedException {
    if (!questions.tryAcquire(ANSWER.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IOException("too many questions are under way");
    }
    try {
      CompletableFuture<HttpResponse<byte[]>> answer =
          http.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray());
      try {
        // The request's own time-out ends with the head of the answer.
        return answer.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException e) {
        throw new IOException(e.getCause());
      } catch (TimeoutException e) {
        answer.cancel(true);
        throw new IOException("no answer within " + ANSWER, e);
      }
    } finally {
      questions.release();
    }
  }

  @PreDestroy
  void close() {
    http.shutdownNow();
  }
}
