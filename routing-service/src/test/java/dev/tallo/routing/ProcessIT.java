package dev.tallo.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.testbroker.TestBroker;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged service as a process: how it begins and ends. */
class ProcessIT {
  private static final int SIGTERM = 128 + 15;

  @TempDir private Path folder;
  private Process process;

  @AfterEach
  void end() throws Exception {
    process.destroyForcibly().waitFor();
  }

  @Test
  void does_not_start_with_a_wrong_rule_and_names_the_property() throws Exception {
    start("-Dtallo.routing.rules[0].match=reports.*", "-Dtallo.routing.rules[0].queue=a b");
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isNotZero();
    assertThat(output()).contains("tallo.routing.rules[0].queue: must be a queue");
  }

  @Test
  void ends_on_sigterm_with_everything_settled() throws Exception {
    URI broker = TestBroker.shared().newVhost();
    // The last is of another service: one file of properties may serve all.
    start(
        "-Dtallo.broker.addresses=" + broker,
        "-Dtallo.routing.max-learned=0",
        "-Dtallo.worker.concurrency=8");
    try (Client client = new Client(broker)) {
      await().atMost(Duration.ofSeconds(120)).until(() -> output().contains("names are learned"));
      for (int i = 0; i < 500; i++) {
        client.send("mail.send");
      }
      process.destroy();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(SIGTERM);
      assertThat(output()).contains("stopped in").doesNotContain("ERROR");
      // What it gives back is there a moment later.
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> client.depth("default") + client.depth("tallo.unrouted") == 500);
    }
  }

  private void start(String... properties) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of(properties));
    if (TestStores.postgresql()) {
      command.add("-Dtallo.database.url=" + TestStores.urlOf(folder));
      command.add("-Dquarkus.datasource.postgresql.jdbc.acquisition-timeout=60S");
    }
    command.addAll(
        List.of(
            "-Dtallo.data=" + folder.resolve("data"),
            "-Dquarkus.http.port=0",
            "-Dquarkus.management.port=0",
            "-jar",
            "target/quarkus-app/quarkus-run.jar"));
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
  }

  private String output() throws IOException {
    return Files.readString(folder.resolve("output"));
  }
}
