package dev.tallo.scheduler;

import dev.tallo.store.DatabaseUrl;
import dev.tallo.store.Store;
import dev.tallo.testpostgres.TestPostgres;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.ConfigProvider;
import org.flywaydb.core.Flyway;
import org.postgresql.ds.PGSimpleDataSource;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** Stores for the service put together by hand: SQLite, or PostgreSQL where the build says so. */
public final class TestStores {
  private static final Map<Path, String> DATABASES = new ConcurrentHashMap<>();

  private TestStores() {}

  /** Whether these tests run on PostgreSQL. */
  public static boolean postgresql() {
    return "postgresql".equals(System.getProperty("tallo.test.store"));
  }

  /** The store of a service whose data folder this is: the same one at each call. */
  public static Store of(Path data) {
    if (postgresql()) {
      String address =
          DATABASES.computeIfAbsent(
              data, any -> TestPostgres.shared().newDatabase() + TestPostgres.PATIENTLY);
      DatabaseUrl url = DatabaseUrl.parse(address);
      PGSimpleDataSource postgresql = new PGSimpleDataSource();
      postgresql.setUrl(url.jdbcUrl("public", "test"));
      postgresql.setUser(url.user().orElseThrow());
      postgresql.setPassword(url.password().orElseThrow());
      return store(postgresql, "postgresql", Optional.empty());
    }
    // What an address says does not count here: a data source has its own settings.
    SQLiteConfig settings = new SQLiteConfig();
    settings.setJournalMode(SQLiteConfig.JournalMode.WAL);
    settings.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    settings.setBusyTimeout(60_000);
    SQLiteDataSource sqlite = new SQLiteDataSource(settings);
    sqlite.setUrl("jdbc:sqlite:" + data.resolve("scheduler.db"));
    return store(sqlite, "sqlite", Optional.of(data));
  }

  private static Store store(DataSource dataSource, String kind, Optional<Path> folder) {
    String now = "now-millis";
    Flyway migrations =
        Flyway.configure()
            .dataSource(dataSource)
            .locations("classpath:db/migration")
            .placeholders(
                Map.of(
                    now,
                    ConfigProvider.getConfig()
                        .getValue(
                            "quarkus.flyway.%s.placeholders.%s".formatted(kind, now),
                            String.class)))
            .load();
    return new Store(dataSource, migrations, kind, folder);
  }
}
