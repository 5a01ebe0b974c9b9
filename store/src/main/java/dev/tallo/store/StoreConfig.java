package dev.tallo.store;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** Where a service keeps its data. */
@ConfigMapping(prefix = "tallo.database")
public interface StoreConfig {
  /** The property of {@link #url}. */
  String URL = "tallo.database.url";

  /** The property of {@link #schema}. */
  String SCHEMA = "tallo.database.schema";

  /**
   * PostgreSQL, which several replicas of a service may share: {@code
   * postgres://user:password@host:5432/database?sslmode=require}. Several hosts, separated by
   * commas, are tried in turn; parameters are those of PostgreSQL's JDBC driver.
   *
   * <p>Default: {@code DATABASE_URL}; without it, SQLite is used.
   */
  Optional<String> url();

  /**
   * The schema of this service's tables in PostgreSQL, made at the start if it is not there.
   *
   * <p>Default: the service's own, {@code tallo_history}, {@code tallo_routing} or {@code
   * tallo_scheduler}.
   */
  String schema();
}
