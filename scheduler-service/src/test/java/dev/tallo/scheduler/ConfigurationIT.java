package dev.tallo.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged service with a wrong configuration. */
class ConfigurationIT {
  @TempDir private Path folder;

  @Test
  void does_not_start_and_names_the_property() throws Exception {
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(
                List.of(
                    ProcessHandle.current().info().command().orElseThrow(),
                    "-Dtallo.scheduler.jobs.nightly.cron=61 * * * *",
                    "-Dtallo.scheduler.jobs.nightly.task=reports.generate",
                    "-Dquarkus.http.port=0",
                    "-Dquarkus.management.port=0",
                    "-jar",
                    "target/quarkus-app/quarkus-run.jar"))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).isNotZero();
    assertThat(Files.readString(output)).contains("tallo.scheduler.jobs.nightly.cron: ");
  }
}
