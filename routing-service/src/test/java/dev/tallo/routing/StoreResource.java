package dev.tallo.routing;

import dev.tallo.testpostgres.TestPostgres;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/** An empty database for the service under test, where the build says PostgreSQL. */
public final class StoreResource implements QuarkusTestResourceLifecycleManager {
  @Override
  public Map<String, String> start() {
    return TestStores.postgresql()
        ? Map.of(
            "tallo.database.url",
            TestPostgres.shared().newDatabase() + TestPostgres.PATIENTLY,
            "quarkus.datasource.postgresql.jdbc.acquisition-timeout",
            "60S")
        : Map.of();
  }

  @Override
  public void stop() {
    // The database ends with the tests.
  }
}
