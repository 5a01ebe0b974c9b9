package dev.tallo.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tallo.systemtests.OtlpReceiver.Span;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.assertj.core.api.Condition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** One trace from the HTTP request over routing, worker and retry to the stored outcome. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TraceIT {
  private static final String UNSAMPLED = "-00f067aa0ba902b7-00";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private OtlpReceiver collector;
  private Deployment deployment;
  private Service producer;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    collector = new OtlpReceiver();
    deployment = new Deployment("traces", data);
    // A priority keeps the broker from being taught, so that each task passes the routing service.
    Service routing =
        service(
            deployment,
            "routing",
            "routing-service",
            collector.address(),
            Map.of(
                "tallo.routing.rules[0].match",
                "demo.fail",
                "tallo.routing.rules[0].queue",
                "default",
                "tallo.routing.rules[0].priority",
                "4"));
    producer = service(deployment, "producer", "producer-service", collector.address(), Map.of());
    Service worker = service(deployment, "worker", "worker-service", collector.address(), Map.of());
    Service scheduler =
        service(
            deployment,
            "scheduler",
            "scheduler-service",
            collector.address(),
            Map.of(
                "tallo.scheduler.jobs.tick.every",
                "2s",
                "tallo.scheduler.jobs.tick.task",
                "demo.echo",
                "tallo.scheduler.jobs.tick.args",
                "[\"secret argument\"]",
                "tallo.scheduler.jobs.tick.queue",
                "default"));
    deployment.start(routing, producer, worker);
    // From here on the broker and the queue are there: what is tried twice is twice in a trace.
    deployment.start(scheduler);
    submit(producer, "00-" + UUID.randomUUID().toString().replace("-", "") + UNSAMPLED);
  }

  /** Of what sends traces: its name is in the category or the text. */
  private static final String COMPLAINT =
      "(?i)\\S+ (WARN|ERROR|FATAL) .*(telemetry|otel|otlp|vertx.*export|span).*"
          + "|.*(telemetry|otel|otlp).*Exception.*";

  private static Service service(
      Deployment deployment, String name, String module, URI endpoint, Map<String, String> own)
      throws IOException {
    Map<String, String> properties = new TreeMap<>(own);
    properties.put("otel.exporter.otlp.endpoint", endpoint.toString());
    properties.put("otel.exporter.otlp.protocol", "http/protobuf");
    properties.put("quarkus.otel.bsp.schedule.delay", "200ms");
    return deployment.service(name, module, properties);
  }

  @AfterAll
  void stop() {
    deployment.close();
    collector.close();
  }

  @Test
  void every_part_of_a_tasks_way_is_in_the_callers_trace() throws Exception {
    String trace = UUID.randomUUID().toString().replace("-", "");
    String caller = "00f067aa0ba902b7";

    String id = submit(producer, "00-" + trace + "-" + caller + "-01");

    assertThat(finished(producer, id)).isEqualTo("FAILURE");
    // Each service sends its own spans when it has some.
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(collector.of(trace))
                    .extracting(Span::name)
                    .contains("POST /api/v1/tasks", "send demo.fail", "route demo.fail")
                    .areExactly(2, named("process demo.fail"))
                    .areExactly(2, named("store demo.fail")));
    List<Span> spans = collector.of(trace);
    Span request = only(spans, "POST /api/v1/tasks");
    Span send = only(spans, "send demo.fail");
    Span route = only(spans, "route demo.fail");
    List<Span> attempts =
        spans.stream().filter(span -> span.name().equals("process demo.fail")).toList();
    List<Span> stores =
        spans.stream().filter(span -> span.name().equals("store demo.fail")).toList();
    assertThat(request.parent()).isEqualTo(caller);
    assertThat(request.kind()).isEqualTo("SERVER");
    assertThat(send.parent()).isEqualTo(request.id());
    assertThat(send.kind()).isEqualTo("PRODUCER");
    assertThat(send.service()).isEqualTo("tallo-producer");
    assertThat(route.parent()).isEqualTo(send.id());
    assertThat(route.service()).isEqualTo("tallo-routing");
    assertThat(attempts)
        .hasSize(2)
        .allSatisfy(
            attempt -> {
              assertThat(attempt.parent()).isEqualTo(send.id());
              assertThat(attempt.kind()).isEqualTo("CONSUMER");
              assertThat(attempt.service()).isEqualTo("tallo-worker");
              assertThat(attempt.failed()).isTrue();
              assertThat(attempt.attributes())
                  .containsEntry("messaging.system", "rabbitmq")
                  .containsEntry("messaging.destination.name", "default")
                  .containsEntry("messaging.message.id", id)
                  .containsKey("error.type");
            })
        .extracting(attempt -> attempt.attributes().get("tallo.task.retries"))
        .containsExactlyInAnyOrder("0", "1");
    assertThat(stores)
        .extracting(store -> store.attributes().get("tallo.task.state"))
        .containsExactlyInAnyOrder("RETRY", "FAILURE");
    assertThat(stores)
        .extracting(Span::parent)
        .containsExactlyInAnyOrderElementsOf(attempts.stream().map(Span::id).toList());
    assertThat(spans.toString()).as("arguments are in no span").doesNotContain("secret argument");
  }

  @Test
  void a_trace_begins_when_a_schedules_task_is_due() {
    Span fire =
        await()
            .atMost(PATIENCE)
            .until(
                () -> collector.named("tallo-scheduler", "fire demo.echo"),
                found -> !found.isEmpty())
            .getFirst();
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(collector.of(fire.trace()))
                    .extracting(Span::name)
                    .contains("send demo.echo", "process demo.echo", "store demo.echo"));
    List<Span> spans = collector.of(fire.trace());
    Span send = only(spans, "send demo.echo");
    assertThat(fire.parent()).isEmpty();
    assertThat(fire.attributes())
        .containsEntry("tallo.schedule.name", "tick")
        .containsEntry("messaging.message.id", send.attributes().get("messaging.message.id"));
    assertThat(send.parent()).isEqualTo(fire.id());
    assertThat(send.service()).isEqualTo("tallo-scheduler");
    assertThat(only(spans, "process demo.echo").parent()).isEqualTo(send.id());
    assertThat(spans.toString()).as("arguments are in no span").doesNotContain("secret argument");
  }

  @Test
  void a_task_that_is_not_traced_is_not() throws Exception {
    String trace = UUID.randomUUID().toString().replace("-", "");

    assertThat(finished(producer, submit(producer, "00-" + trace + UNSAMPLED)))
        .isEqualTo("FAILURE");

    String other = UUID.randomUUID().toString().replace("-", "");
    assertThat(finished(producer, submit(producer, "00-" + other + "-00f067aa0ba902b7-01")))
        .isEqualTo("FAILURE");
    await().atMost(PATIENCE).until(() -> !collector.of(other).isEmpty());
    assertThat(collector.of(trace)).isEmpty();
  }

  private static Condition<String> named(String name) {
    return new Condition<>(name::equals, "'%s'", name);
  }

  private static Span only(List<Span> spans, String name) {
    List<Span> found = spans.stream().filter(span -> span.name().equals(name)).toList();
    assertThat(found).as("spans named '%s' of %s", name, spans).hasSize(1);
    return found.getFirst();
  }

  private String submit(Service producer, String traceparent) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(producer.address().resolve("/api/v1/tasks"))
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .header("traceparent", traceparent)
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    """
                    {"task": "demo.fail", "args": ["secret argument"], "max_retries": 1,
                     "retry_backoff": 1}
                    """))
            .build();
    // 503 until the broker can be used: a producer is ready before.
    HttpResponse<String> answer =
        await()
            .atMost(PATIENCE)
            .until(
                () -> http.send(request, HttpResponse.BodyHandlers.ofString()),
                it -> it.statusCode() != 503);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    return JSON.readTree(answer.body()).path("id").asText();
  }

  /** The state of a task when it has ended. */
  private String finished(Service producer, String id) {
    URI task = producer.address().resolve("/api/v1/tasks/" + id + "?wait=PT10S");
    HttpRequest request = HttpRequest.newBuilder(task).timeout(PATIENCE).build();
    return await()
        .atMost(PATIENCE)
        .until(
            () ->
                JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body())
                    .path("state")
                    .asText(),
            state -> List.of("SUCCESS", "FAILURE", "REVOKED", "REJECTED").contains(state));
  }

  @Test
  void a_collector_that_is_away_harms_nothing_and_is_not_complained_of(@TempDir Path data)
      throws Exception {
    URI away;
    try (OtlpReceiver closed = new OtlpReceiver()) {
      away = closed.address();
    }
    try (Deployment lonely = new Deployment("traces-to-nobody", data)) {
      Service api = service(lonely, "producer", "producer-service", away, Map.of());
      Service worker = service(lonely, "worker", "worker-service", away, Map.of());
      lonely.start(service(lonely, "routing", "routing-service", away, Map.of()), api, worker);
      String trace = UUID.randomUUID().toString().replace("-", "");

      String id = submit(api, "00-" + trace + "-00f067aa0ba902b7-01");

      assertThat(finished(api, id)).isEqualTo("FAILURE");
      // At its end each tries to send what it has left.
      worker.terminate();
      api.terminate();
      for (String name : List.of("worker", "producer")) {
        assertThat(lonely.log(name))
            .anyMatch(line -> line.contains("tallo-" + name + " stopped"))
            .noneMatch(line -> line.matches(COMPLAINT));
      }
    }
  }
}
