package dev.tallo.routing;

import static org.awaitility.Awaitility.await;

import dev.tallo.testpostgres.TestPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The service as it is packaged, in a process of its own that can be killed. */
final class Replica implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final Pattern LISTENING =
      Pattern.compile("Listening on: (http://127\\.0\\.0\\.1:[0-9]+)");
  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private final Process process;
  private final Path output;

  private Replica(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts one; it is not ready yet. */
  static Replica start(URI broker, String database, Path folder) throws IOException {
    Path output = Files.createTempFile(folder, "replica", ".out");
    Process process =
        new ProcessBuilder(
                List.of(
                    ProcessHandle.current().info().command().orElseThrow(),
                    "-Xmx256m",
                    "-XX:TieredStopAtLevel=1",
                    "-Dtallo.broker.addresses=" + broker,
                    // Some start at once, on few processors.
                    "-Dtallo.database.url=" + database + TestPostgres.PATIENTLY,
                    "-Dquarkus.datasource.postgresql.jdbc.acquisition-timeout=60S",
                    "-Dquarkus.http.port=0",
                    "-Dquarkus.management.port=0",
                    "-jar",
                    "target/quarkus-app/quarkus-run.jar"))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    return new Replica(process, output);
  }

  /** Waits until it takes messages. */
  Replica ready() {
    await().atMost(PATIENCE).until(this::isReady);
    return this;
  }

  boolean isReady() {
    return log().contains("Listening on") && log().contains("names are learned");
  }

  String log() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a request; 0 when there is no answer. */
  int send(String method, String path, String body) throws InterruptedException {
    try {
      return exchange(method, path, body).statusCode();
    } catch (IOException away) {
      return 0;
    }
  }

  String get(String path) throws IOException, InterruptedException {
    return exchange("GET", path, "").body();
  }

  private HttpResponse<String> exchange(String method, String path, String body)
      throws IOException, InterruptedException {
    Matcher address = LISTENING.matcher(log());
    if (!address.find()) {
      throw new IOException("it does not listen yet");
    }
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(address.group(1) + path))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", "application/json")
            .header("If-Match", "*")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** At once: SIGKILL. */
  void kill() {
    process.destroyForcibly();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().orTimeout(30, TimeUnit.SECONDS).join();
  }
}
