package dev.tallo.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunsTest {
  @TempDir private Path folder;

  @Test
  void counts_the_runs_of_each_task_from_its_beginning_on() throws IOException {
    Path file = Files.createFile(folder.resolve("runs"));
    String before = UUID.randomUUID().toString();
    String once = UUID.randomUUID().toString();
    String twice = UUID.randomUUID().toString();
    Files.writeString(file, before + "\n");
    Runs runs = Runs.of(file);
    assertThat(runs.count()).isZero();
    for (String id : new String[] {twice, once, twice}) {
      Files.writeString(file, id + "\n", StandardOpenOption.APPEND);
    }
    assertThat(runs.count()).isEqualTo(3);
    assertThat(runs.byTask()).isEqualTo(Map.of(once, 1, twice, 2));
  }
}
