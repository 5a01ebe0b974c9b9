package dev.tallo.producer;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** An empty folder for the history, below one that is not there yet. */
public class HistoryFolder implements QuarkusTestResourceLifecycleManager {
  @Override
  public Map<String, String> start() {
    try {
      Path parent = Files.createDirectories(Path.of("target", "test-data"));
      Path fresh = Files.createTempDirectory(parent, "history");
      return Map.of(
          "tallo.data",
          fresh.resolve("made at start").toString(),
          "tallo.webhook.allowed-hosts",
          "hooks.example.com");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stop() {
    // Below target: the next clean build removes it.
  }
}
