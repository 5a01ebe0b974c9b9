package dev.tallo.store;

import io.agroal.api.AgroalDataSource;
import io.quarkus.agroal.DataSource;
import io.quarkus.flyway.FlywayDataSource;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.flywaydb.core.Flyway;

/** Makes the one store of a service of the two that are built in. */
@Singleton
public class ActiveStore {

  @Produces
  @Singleton
  Store store(
      StoreConfig config,
      DataConfig data,
      @DataSource("sqlite") Instance<AgroalDataSource> sqlite,
      @FlywayDataSource("sqlite") Instance<Flyway> sqliteMigrations,
      @DataSource("postgresql") Instance<AgroalDataSource> postgresql,
      @FlywayDataSource("postgresql") Instance<Flyway> postgresqlMigrations) {
    Optional<DatabaseUrl> url =
        config.url().filter(text -> !text.isBlank()).map(DatabaseUrl::parse);
    return url.isPresent()
        ? new Store(
            postgresql.get(),
            postgresqlMigrations.get(),
            url.get() + ", schema " + config.schema(),
            Optional.empty())
        : new Store(
            sqlite.get(),
            sqliteMigrations.get(),
            "SQLite in " + data.folder().toAbsolutePath(),
            Optional.of(data.folder()));
  }
}
