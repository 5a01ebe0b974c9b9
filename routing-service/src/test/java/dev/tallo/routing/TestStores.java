package dev.tallo.routing;

import dev.tallo.store.DatabaseUrl;
import dev.tallo.store.Store;
import dev.tallo.testpostgres.TestPostgres;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.postgresql.ds.PGSimpleDataSource;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** Stores for the service put together by hand: SQLite, or PostgreSQL where the build says so. */
final class TestStores {
  private static final Map<Path, String> DATABASES = new ConcurrentHashMap<>();

  private TestStores() {}

  /** Whether these tests run on PostgreSQL. */
  static boolean postgresql() {
    return "postgresql".equals(System.getProperty("tallo.test.store"));
  }

  /** The store of a service whose data folder this is: the same one at each call. */
  static Store of(Path data) {
    if (postgresql()) {
      DatabaseUrl url = DatabaseUrl.parse(urlOf(data));
      PGSimpleDataSource postgresql = new PGSimpleDataSource();
      postgresql.setUrl(url.jdbcUrl("public", "test"));
      postgresql.setUser(url.user().orElseThrow());
      postgresql.setPassword(url.password().orElseThrow());
      return store(postgresql, url.toString(), Optional.empty());
    }
    // What an address says does not count here: a data source has its own settings.
    SQLiteConfig settings = new SQLiteConfig();
    settings.setJournalMode(SQLiteConfig.JournalMode.WAL);
    settings.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    settings.setBusyTimeout(60_000);
    SQLiteDataSource sqlite = new SQLiteDataSource(settings);
    sqlite.setUrl("jdbc:sqlite:" + data.resolve("routing.db"));
    return store(sqlite, "SQLite", Optional.of(data));
  }

  /** The database that stands for a data folder. */
  static String urlOf(Path data) {
    return DATABASES.computeIfAbsent(
        data, folder -> TestPostgres.shared().newDatabase() + TestPostgres.PATIENTLY);
  }

  private static Store store(DataSource dataSource, String description, Optional<Path> folder) {
    Flyway migrations =
        Flyway.configure().dataSource(dataSource).locations("classpath:db/migration").load();
    return new Store(dataSource, migrations, description, folder);
  }
}
