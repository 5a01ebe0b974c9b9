package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;

import dev.tallo.testpostgres.TestPostgres;
import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The service as it is packaged, in a process of its own. */
final class Replica implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private static final Pattern LISTENING = Pattern.compile("Listening on: (http://[0-9.]+:[0-9]+)");

  private final Process process;
  private final Path output;

  private Replica(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts one beside others, on few processors: it may take its time to reach PostgreSQL. */
  static Replica startAmongOthers(String broker, String database, String... properties)
      throws IOException {
    List<String> all = new ArrayList<>(List.of(properties));
    all.add("-Dquarkus.datasource.postgresql.jdbc.acquisition-timeout=60S");
    return start(broker, database + TestPostgres.PATIENTLY, all.toArray(String[]::new));
  }

  /** Starts one; it may not be ready yet. */
  static Replica start(String broker, String database, String... properties) throws IOException {
    Path folder = StoreResource.freshFolder();
    Path output = folder.resolve("output");
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(
        List.of(
            "-Xmx256m",
            "-Dtallo.broker.addresses=" + broker,
            "-Dtallo.database.url=" + database,
            "-Dtallo.data=" + folder,
            "-Dtallo.submit.deadline=PT15S",
            "-Dquarkus.http.port=0",
            "-Dquarkus.management.port=0"));
    command.addAll(List.of(properties));
    command.addAll(List.of("-jar", "target/quarkus-app/quarkus-run.jar"));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    return new Replica(process, output);
  }

  /** Waits until it answers and takes tasks. */
  Replica ready() {
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () ->
                request().body("{\"task\": \"ready\"}").post(ProducerTest.TASKS).statusCode()
                    == 202);
    return this;
  }

  String address() {
    try {
      Matcher address = LISTENING.matcher(Files.readString(output));
      if (!address.find()) {
        throw new IllegalStateException("it does not listen yet");
      }
      return address.group(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  RequestSpecification request() {
    return given().baseUri(address()).contentType(ContentType.JSON);
  }

  /** Where it listens, when it does. */
  String listening() {
    return await()
        .atMost(PATIENCE)
        .until(
            () -> LISTENING.matcher(output()).results().map(match -> match.group(1)).findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  /** What it has said. */
  String output() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With which status it has ended by itself. */
  int ended() {
    return process.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join().exitValue();
  }

  /** Kills it at once. */
  void kill() {
    process.destroyForcibly();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
  }
}
