package dev.tallo.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tallo.systemtests.OpenApi.Operation;
import dev.tallo.systemtests.OpenApi.Parameter;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Walks what the services say of their API and sends each operation what nobody means well with: no
 * answer is a 5xx, none is missing, none tells of the code.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileRequestsIT {
  private static final Duration ANSWER = Duration.ofSeconds(45);

  /** Told in an error: how the name of an exception is written. */
  private static final String EXAMPLE = "java.io.IOException";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(ANSWER).build();
  private Deployment deployment;
  private List<Service> services;

  @BeforeAll
  void start(@TempDir Path data) throws IOException {
    deployment = new Deployment("hostile", data);
    Service routing = deployment.service("routing", "routing-service", Map.of());
    Service scheduler = deployment.service("scheduler", "scheduler-service", Map.of());
    Service producer =
        deployment.service(
            "producer",
            "producer-service",
            Map.of(
                "tallo.submit.deadline", "PT30S",
                "tallo.routing.url", routing.address().toString(),
                "tallo.scheduler.url", scheduler.address().toString()));
    deployment.start(routing, scheduler, producer);
    // A producer is ready before the broker can be used, and answers 503 until then.
    Api api = new Api(producer.address());
    Waiting.until(
        "a task is accepted", ANSWER, () -> api.submit("{\"task\": \"hostile\"}").status() == 202);
    services = List.of(producer, routing, scheduler);
  }

  @AfterAll
  void stop() {
    deployment.close();
  }

  @TestFactory
  Stream<DynamicTest> no_operation_breaks() throws Exception {
    List<DynamicTest> tests = new ArrayList<>();
    for (Service service : services) {
      URI document = service.address().resolve("/q/openapi?format=json");
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(document).timeout(ANSWER).build(),
              HttpResponse.BodyHandlers.ofString());
      List<Operation> operations = new OpenApi(JSON.readTree(answer.body())).operations();
      assertThat(operations).as("operations of the %s", service.name()).isNotEmpty();
      for (Operation operation : operations) {
        tests.add(
            DynamicTest.dynamicTest(
                service.name() + ": " + operation, () -> attack(service.address(), operation)));
      }
    }
    return tests.stream();
  }

  private void attack(URI service, Operation operation) throws Exception {
    List<String> broken = new ArrayList<>();
    String path = path(operation, "x");
    for (Parameter parameter : operation.in("path").toList()) {
      for (String value : Hostile.inAddresses()) {
        String place = "{" + parameter.name() + "}";
        String with = operation.path().replace(place, value);
        send(service, operation, path(with, "x"), right(operation), Map.of(), broken);
      }
    }
    for (Parameter parameter : operation.in("query").toList()) {
      for (String value : Hostile.inAddresses()) {
        String with = path + "?" + parameter.name() + "=" + value;
        send(service, operation, with, right(operation), Map.of(), broken);
        send(service, operation, with + "&" + parameter.name(), right(operation), Map.of(), broken);
      }
    }
    for (String header : headers(operation)) {
      for (String value : Hostile.inHeaders()) {
        send(service, operation, path, right(operation), Map.of(header, value), broken);
      }
    }
    if (operation.body().isPresent()) {
      JsonNode body = operation.body().get();
      for (byte[] hostile : Hostile.bodies(body)) {
        send(service, operation, path, hostile, Map.of(), broken);
      }
      for (String hostile : Hostile.mutations(body)) {
        send(service, operation, path, hostile.getBytes(UTF_8), Map.of(), broken);
      }
    }
    assertThat(broken).isEmpty();
  }

  /** What an operation says that it reads, and what any may be sent. */
  private static List<String> headers(Operation operation) {
    return Stream.concat(
            operation.in("header").map(Parameter::name),
            Stream.of("Accept", "Content-Type", "If-Match", "Idempotency-Key", "Last-Event-ID"))
        .distinct()
        .toList();
  }

  private static byte[] right(Operation operation) {
    return operation.body().map(body -> body.toString().getBytes(UTF_8)).orElse(new byte[0]);
  }

  private static String path(Operation operation, String value) {
    return path(operation.path(), value);
  }

  private static String path(String template, String value) {
    return template.replaceAll("\\{[^}]*}", value);
  }

  private void send(
      URI service,
      Operation operation,
      String path,
      byte[] body,
      Map<String, String> headers,
      List<String> broken)
      throws InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(service + path))
            .timeout(ANSWER)
            .method(operation.method(), BodyPublishers.ofByteArray(body));
    operation.bodyType().ifPresent(type -> request.setHeader("Content-Type", type));
    headers.forEach(request::setHeader);
    String what =
        "%s with %s and %s"
            .formatted(
                Hostile.shown(path),
                headers.isEmpty() ? "no header" : Hostile.shown(headers.toString()),
                body.length == 0 ? "no body" : Hostile.shown(new String(body, UTF_8)));
    try {
      HttpResponse<String> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() >= 500) {
        broken.add(what + ": " + answer.statusCode() + " " + Hostile.shown(answer.body()));
      } else if (tellsOfCode(answer.body())) {
        broken.add(what + ": " + answer.body());
      }
    } catch (HttpTimeoutException e) {
      broken.add(what + ": no answer");
    } catch (IOException e) {
      broken.add(what + ": " + e);
    }
  }

  private static boolean tellsOfCode(String answer) {
    return answer.contains("\tat ")
        || answer.replace(EXAMPLE, "").contains("Exception")
        || answer.contains("dev.tallo.")
        || answer.contains("com.fasterxml.");
  }

  @Test
  void what_is_no_http_is_answered_or_dropped() throws IOException {
    for (Service service : services) {
      for (String raw :
          List.of(
              "GET /api/v1/tasks/% HTTP/1.1\r\nHost: a\r\n\r\n",
              "GET /api/v1/tasks?limit=%zz HTTP/1.1\r\nHost: a\r\n\r\n",
              "GET /api/v1/tasks/\u0000 HTTP/1.1\r\nHost: a\r\n\r\n",
              "POST /api/v1/tasks HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
              "POST /api/v1/tasks HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n",
              "POST /api/v1/tasks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
              "GET /api/v1/tasks HTTP/9.9\r\nHost: a\r\n\r\n",
              "\u0016\u0003\u0001 no HTTP at all\r\n\r\n")) {
        try (Socket socket = new Socket("127.0.0.1", service.address().getPort())) {
          socket.setSoTimeout((int) ANSWER.toMillis());
          socket.getOutputStream().write(raw.getBytes(UTF_8));
          socket.shutdownOutput();
          String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
          assertThat(answer).as(Hostile.shown(raw)).doesNotContainPattern("^HTTP/\\S+ 5");
          assertThat(tellsOfCode(answer)).as(answer).isFalse();
        }
      }
      service.ready();
    }
  }
}
