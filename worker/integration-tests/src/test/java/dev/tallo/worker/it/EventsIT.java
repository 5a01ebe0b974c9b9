package dev.tallo.worker.it;

import static dev.tallo.worker.it.TaskClient.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(TestBrokerResource.class)
class EventsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  String address;

  @Test
  void tells_what_happens_to_tasks() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      List<Map.Entry<String, byte[]>> heard = client.listen();

      String good = client.send(task("sample.value", "[2, 3]").build());
      String bad = client.send(task("sample.fails", "[]").build());

      JsonNode received = event(heard, "task-received", good);
      assertThat(received.path("name").asText()).isEqualTo("sample.value");
      assertThat(received.path("args").asText()).isEqualTo("(2, 3)");
      assertThat(received.path("hostname").asText()).contains("@");
      event(heard, "task-started", good);
      JsonNode succeeded = event(heard, "task-succeeded", good);
      assertThat(succeeded.path("result").asText()).isEqualTo("5");
      assertThat(succeeded.path("runtime").asDouble()).isBetween(0.0, 10.0);
      JsonNode failed = event(heard, "task-failed", bad);
      assertThat(failed.path("exception").asText()).isEqualTo("Refused('card expired')");
      assertThat(failed.path("traceback").asText()).contains("SampleTasks.fails");
      assertThat(heard)
          .filteredOn(message -> message.getKey().startsWith("task."))
          .allMatch(message -> message.getKey().equals("task.multi"));
    }
  }

  @Test
  void tells_how_far_a_task_has_come_the_last_value_before_its_end() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      List<Map.Entry<String, byte[]>> heard = client.listen();

      String id = client.send(task("sample.counts", "[100000]").retries(1).build());
      event(heard, "task-succeeded", id);

      List<JsonNode> told =
          events(heard).stream().filter(e -> e.path("uuid").asText().equals(id)).toList();
      assertThat(told.getLast().path("type").asText()).isEqualTo("task-succeeded");
      JsonNode last = told.get(told.size() - 2);
      assertThat(last.path("type").asText()).isEqualTo("task-progress");
      assertThat(last.path("done").isIntegralNumber()).isTrue();
      assertThat(last.path("done").asInt()).isEqualTo(100_000);
      assertThat(last.path("total").asInt()).isEqualTo(100_000);
      assertThat(last.path("note").asText()).isEqualTo("step 100000");
      assertThat(last.path("retries").asInt()).isEqualTo(1);
      double seconds =
          told.getLast().path("timestamp").asDouble()
              - told.getFirst().path("timestamp").asDouble();
      assertThat(told)
          .filteredOn(e -> e.path("type").asText().equals("task-progress"))
          .hasSizeLessThanOrEqualTo((int) (seconds / 0.2) + 2);
    }
  }

  @Test
  void tells_that_the_worker_is_alive_and_what_it_has() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      List<Map.Entry<String, byte[]>> heard = client.listen();

      await()
          .atMost(PATIENCE)
          .until(() -> heard.stream().anyMatch(m -> m.getKey().equals("worker.heartbeat")));

      JsonNode heartbeat =
          events(heard).stream()
              .filter(e -> e.path("type").asText().equals("worker-heartbeat"))
              .findFirst()
              .orElseThrow();
      assertThat(heartbeat.path("freq").asDouble()).isEqualTo(2.0);
      assertThat(heartbeat.path("sw_ident").asText()).isEqualTo("tallo");
      assertThat(heartbeat.path("queues").get(0).asText()).isEqualTo("default");
      assertThat(heartbeat.path("tasks").toString()).contains("sample.value", "sample.fails");
    }
  }

  private static JsonNode event(List<Map.Entry<String, byte[]>> heard, String type, String id) {
    return await()
        .atMost(PATIENCE)
        .until(
            () ->
                events(heard).stream()
                    .filter(e -> e.path("type").asText().equals(type))
                    .filter(e -> e.path("uuid").asText().equals(id))
                    .findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  private static List<JsonNode> events(List<Map.Entry<String, byte[]>> heard) throws IOException {
    List<JsonNode> events = new ArrayList<>();
    for (Map.Entry<String, byte[]> message : heard) {
      JsonNode body = CeleryJson.MAPPER.readTree(message.getValue());
      if (body.isArray()) {
        body.forEach(events::add);
      } else {
        events.add(body);
      }
    }
    return events;
  }
}
