package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;

import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The service as it is packaged, in a process of its own. */
final class Replica implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process process;
  private final String address;

  private Replica(Process process, String address) {
    this.process = process;
    this.address = address;
  }

  /** Starts one; it may not be ready yet. */
  static Replica start(String broker, String database, String... properties) throws IOException {
    Path folder = StoreResource.freshFolder();
    int port = freePort();
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(
        List.of(
            "-Xmx256m",
            "-Dtallo.broker.addresses=" + broker,
            "-Dtallo.database.url=" + database,
            "-Dtallo.data=" + folder,
            "-Dquarkus.http.port=" + port,
            "-Dquarkus.management.port=0"));
    command.addAll(List.of(properties));
    command.addAll(List.of("-jar", "target/quarkus-app/quarkus-run.jar"));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    return new Replica(process, "http://127.0.0.1:" + port);
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
    return address;
  }

  RequestSpecification request() {
    return given().baseUri(address).contentType(ContentType.JSON);
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

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }
}
