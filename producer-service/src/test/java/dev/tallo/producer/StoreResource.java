package dev.tallo.producer;

import dev.tallo.testpostgres.TestPostgres;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** An empty store: SQLite, or PostgreSQL where the build says so. */
public final class StoreResource implements QuarkusTestResourceLifecycleManager {

  /** Whether these tests run on PostgreSQL. */
  static boolean postgresql() {
    return "postgresql".equals(System.getProperty("tallo.test.store"));
  }

  @Override
  public Map<String, String> start() {
    Map<String, String> settings = new HashMap<>();
    settings.put("tallo.webhook.allowed-hosts", "hooks.example.com");
    settings.put("tallo.metrics.queue-interval", "PT1S");
    settings.put("tallo.submit.deadline", "PT15S");
    settings.put("tallo.data", freshFolder().resolve("made at start").toString());
    if (postgresql()) {
      settings.put(
          "tallo.database.url", TestPostgres.shared().newDatabase() + TestPostgres.PATIENTLY);
      settings.put("quarkus.datasource.postgresql.jdbc.acquisition-timeout", "60S");
    }
    return settings;
  }

  static Path freshFolder() {
    try {
      Path parent = Files.createDirectories(Path.of("target", "test-data"));
      return Files.createTempDirectory(parent, "history");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stop() {
    // Below target, or in a database that ends with the tests.
  }
}
