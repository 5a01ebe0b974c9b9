package dev.tallo.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.testbroker.FreePort;
import dev.tallo.testbroker.TestBroker;
import dev.tallo.testpostgres.TestPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The Procfile, run as a platform does: each line by a shell, with {@code PORT}, {@code
 * CLOUDAMQP_URL} and {@code DATABASE_URL} and nothing else of Tallo's.
 */
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ProcfileIT {
  private static final Path ROOT = Path.of(System.getProperty("tallo.root"));
  private static final Path LOGS = Path.of("target", "logs");
  private static final Duration START = Duration.ofSeconds(120);
  private static final Duration END = Duration.ofSeconds(40);
  private static final Pattern ID = Pattern.compile("\"id\":\"([^\"]+)\"");

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(START).build();
  private String api = "";
  private Process web = unstarted();
  private Process worker = unstarted();
  private Process secondWorker = unstarted();

  private static Process unstarted() {
    try {
      return new ProcessBuilder("true").start();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @BeforeAll
  void start() throws IOException {
    Files.createDirectories(LOGS);
    String broker = TestBroker.shared().newVhost().toString();
    String database = TestPostgres.shared().newDatabase() + TestPostgres.PATIENTLY;
    int port = freePort();
    api = "http://127.0.0.1:" + port + "/api/v1";
    web = run("web", "web", port, broker, database);
    worker = run("worker", "worker.1", freePort(), broker, database);
    // Two of them on one machine: nothing that they listen on is the same.
    secondWorker = run("worker", "worker.2", freePort(), broker, database);
  }

  @AfterAll
  void stop() {
    for (Process process : List.of(web, worker, secondWorker)) {
      Stream.concat(process.descendants(), Stream.of(process.toHandle()))
          .toList()
          .forEach(ProcessHandle::destroyForcibly);
    }
  }

  /** A PORT, with those that follow from it (paas/service.sh). */
  private static int freePort() throws IOException {
    return FreePort.find(2_100, 5);
  }

  /** Runs the command of a process type as foreman does: {@code sh -c "exec ..."}. */
  private static Process run(String type, String name, int port, String broker, String database)
      throws IOException {
    String command =
        Files.readAllLines(ROOT.resolve("Procfile")).stream()
            .filter(line -> line.startsWith(type + ": "))
            .map(line -> line.substring(type.length() + 2))
            .findAny()
            .orElseThrow();
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", "exec " + command)
            .directory(ROOT.toFile())
            .redirectErrorStream(true)
            .redirectOutput(LOGS.resolve(name + ".log").toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(key -> key.matches("(AMQP|RABBITMQ)_URL|(TALLO|QUARKUS)_.*"));
    environment.put("PORT", Integer.toString(port));
    environment.put("CLOUDAMQP_URL", broker);
    environment.put("DATABASE_URL", database);
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    // A platform's process listens to all; a test does not.
    environment.put("QUARKUS_HTTP_HOST", "127.0.0.1");
    // All begin at once, on few processors.
    environment.put("QUARKUS_DATASOURCE_POSTGRESQL_JDBC_ACQUISITION_TIMEOUT", "60S");
    return builder.start();
  }

  private HttpResponse<String> ask(HttpRequest.Builder request) throws Exception {
    return http.send(request.timeout(START).build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return ask(HttpRequest.newBuilder(URI.create(api + path)));
  }

  private HttpResponse<String> post(String path, String json) throws Exception {
    return ask(
        HttpRequest.newBuilder(URI.create(api + path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json)));
  }

  private String submitted(String json) throws Exception {
    // 503 until the broker can be used, which says that nothing was accepted.
    HttpResponse<String> accepted =
        await()
            .atMost(START)
            .ignoreExceptions()
            .until(() -> post("/tasks", json), it -> it.statusCode() != 503);
    assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
    Matcher id = ID.matcher(accepted.body());
    assertThat(id.find()).isTrue();
    return id.group(1);
  }

  @Test
  @Order(1)
  void a_task_is_routed_and_run_between_the_processes() throws Exception {
    await()
        .atMost(START)
        .ignoreExceptions()
        .until(() -> web.isAlive() && get("/tasks").statusCode() == 200);
    String id = submitted("{\"task\": \"demo.add\", \"args\": [2, 3]}");
    await()
        .atMost(START)
        .ignoreExceptions()
        .untilAsserted(
            () ->
                assertThat(get("/tasks/" + id + "?wait=PT10S").body())
                    .contains("\"state\":\"SUCCESS\"")
                    .contains("\"result\":5"));
    assertThat(worker.isAlive()).isTrue();
    assertThat(secondWorker.isAlive()).isTrue();
  }

  @Test
  @Order(2)
  void the_web_process_has_routes_and_schedules() throws Exception {
    await().atMost(START).until(() -> get("/routes").statusCode() == 200);
    await().atMost(START).until(() -> get("/schedules").statusCode() == 200);
    HttpResponse<String> made =
        post(
            "/schedules",
            "{\"name\": \"tick\", \"every\": 1, \"task\": \"demo.echo\", \"args\":"
                + " [\"tick\"]}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    await()
        .atMost(START)
        .until(
            () -> get("/tasks?task=demo.echo&state=SUCCESS&limit=1").body().contains("\"tick\""));
  }

  @Test
  @Order(3)
  void the_web_process_ends_as_a_whole_when_one_of_its_services_dies() throws Exception {
    List<ProcessHandle> services =
        web.descendants().filter(p -> p.info().command().orElse("").endsWith("java")).toList();
    assertThat(services).hasSize(3);
    services.getFirst().destroyForcibly();
    assertThat(web.waitFor(END.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(web.exitValue()).isEqualTo(1);
    await().atMost(END).until(() -> services.stream().noneMatch(ProcessHandle::isAlive));
  }

  @Test
  @Order(4)
  void a_worker_ends_when_it_is_asked_to() throws Exception {
    worker.destroy();
    assertThat(worker.waitFor(END.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(worker.descendants()).isEmpty();
  }
}
