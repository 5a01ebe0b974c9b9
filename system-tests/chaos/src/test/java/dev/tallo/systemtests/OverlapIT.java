package dev.tallo.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A schedule that cancels its last task: scheduler, history and worker together. */
class OverlapIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TempDir Path data;

  @Test
  void a_task_that_still_runs_is_cancelled_when_the_next_is_due() throws Exception {
    try (Deployment deployment = new Deployment("overlap", data)) {
      Service producer = deployment.service("producer", "producer-service", Map.of());
      String job = "tallo.scheduler.jobs.nap.";
      Service scheduler =
          deployment.service(
              "scheduler",
              "scheduler-service",
              Map.of(
                  "tallo.producer.url",
                  producer.address().toString(),
                  job + "every",
                  "2s",
                  job + "task",
                  "demo.sleep",
                  job + "args",
                  "[600]",
                  job + "queue",
                  "default",
                  job + "overlap",
                  "cancel"));
      // A task that was sent before the worker was there is unknown to the history, and is left.
      deployment.start(producer, deployment.service("worker", "worker-service", Map.of()));
      deployment.start(scheduler);

      // Newest first: that one may run, of those before none does. One that the history did not
      // know in time, on a busy machine, is left too: three in a row are enough.
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                List<String> states = states(producer);
                assertThat(states).hasSizeGreaterThan(3);
                assertThat(states.subList(1, 4)).containsOnly("REVOKED");
              });
    }
  }

  private List<String> states(Service producer) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(producer.address().resolve("/api/v1/tasks?task=demo.sleep"))
                .timeout(PATIENCE)
                .build(),
            HttpResponse.BodyHandlers.ofString());
    List<String> states = new ArrayList<>();
    for (JsonNode task : JSON.readTree(answer.body()).path("tasks")) {
      states.add(task.path("state").asText());
    }
    return states;
  }
}
