package dev.tallo.systemtests;

import dev.tallo.testbroker.FreePort;
import dev.tallo.testbroker.Signals;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A service as it is packaged, in a process of its own, with the JVM options that the launcher
 * gives it. It keeps its ports and its log over any number of starts.
 */
final class Service implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(120);
  private static final Duration END = Duration.ofSeconds(60);
  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();

  private final String name;
  private final Path root;
  private final Path jar;
  private final Path log;
  private final Map<String, String> properties;
  private final int port;
  private final int managementPort;
  private Optional<Process> process = Optional.empty();

  /**
   * @param name of the process, and of its log
   * @param root Tallo's folder
   * @param module the folder of its module, packaged
   * @param properties its configuration
   */
  Service(String name, Path root, String module, Path logs, Map<String, String> properties) {
    this.name = name;
    this.root = root;
    jar = root.resolve(module).resolve("target/quarkus-app/quarkus-run.jar");
    if (!Files.exists(jar)) {
      throw new ChaosException("not packaged yet: " + jar);
    }
    log = logs.resolve(name + ".log");
    try {
      port = FreePort.find();
      managementPort = FreePort.find();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.properties = new TreeMap<>(properties);
    // Several that start at once are slow to connect on few processors.
    this.properties.putIfAbsent("quarkus.datasource.postgresql.jdbc.acquisition-timeout", "60S");
    this.properties.put("quarkus.http.port", Integer.toString(port));
    this.properties.put("quarkus.management.port", Integer.toString(managementPort));
  }

  String name() {
    return name;
  }

  /** Where its API is. */
  URI address() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** Starts it; it may not be ready yet. */
  Service start() {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.add("@" + root.resolve("launcher/jvm.options"));
    properties.forEach((key, value) -> command.add("-D" + key + "=" + value));
    command.addAll(List.of("-jar", jar.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    // What the properties do not say is left at its default, whatever this shell has.
    List.of("AMQP_URL", "CLOUDAMQP_URL", "RABBITMQ_URL", "DATABASE_URL", "PORT", "TALLO_DATA")
        .forEach(builder.environment()::remove);
    try {
      process = Optional.of(builder.start());
    } catch (IOException e) {
      throw new ChaosException(name + " could not be started: " + e.getMessage(), e);
    }
    return this;
  }

  /** Waits until it says that it is ready. */
  Service ready() {
    Waiting.until(
        name + " is ready (its log: " + log + ")",
        START,
        () -> {
          if (!running().isAlive()) {
            throw new ChaosException(name + " ended while it started; its log: " + log);
          }
          return answersReady();
        });
    return this;
  }

  private boolean answersReady() {
    HttpRequest ask =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + managementPort + "/q/health/ready"))
            .timeout(Duration.ofSeconds(2))
            .build();
    try {
      return HTTP.send(ask, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ChaosException("interrupted", e);
    }
  }

  /** SIGKILL. */
  void kill() {
    running().destroyForcibly();
    awaitEnd();
  }

  /** SIGTERM; returns when it has ended by itself. */
  void terminate() {
    running().destroy();
    awaitEnd();
  }

  /** SIGSTOP. */
  void suspend() {
    Signals.suspend(running().toHandle());
  }

  /** SIGCONT. */
  void resume() {
    Signals.resume(running().toHandle());
  }

  private Process running() {
    return process.orElseThrow(() -> new ChaosException(name + " was not started"));
  }

  private void awaitEnd() {
    try {
      if (!running().waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
        throw new ChaosException(name + " did not end within " + END.toSeconds() + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ChaosException("interrupted", e);
    }
  }

  /** Ends it at once, if it runs. */
  @Override
  public void close() {
    process.ifPresent(
        running -> {
          running.destroyForcibly();
          running.onExit().orTimeout(END.toSeconds(), TimeUnit.SECONDS).join();
        });
  }
}
