package dev.tallo.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jboss.logging.Logger;

/**
 * Where a service keeps its data. The same SQL runs on both kinds; where they differ at all, a
 * placeholder of the migrations says how.
 *
 * @param dataSource of the kind that is active
 * @param migrations of the same
 * @param description for the log: which kind, and where
 * @param folder of SQLite's file; none with PostgreSQL
 */
public record Store(
    DataSource dataSource, Flyway migrations, String description, Optional<Path> folder) {

  private static final Logger LOG = Logger.getLogger(Store.class);

  /**
   * Makes what is not there yet, and brings the schema up to date. Several replicas may do so at
   * once.
   *
   * @throws UncheckedIOException if SQLite's folder cannot be made
   * @throws org.flywaydb.core.api.FlywayException if the store cannot be reached or migrated
   */
  public void open() {
    if (folder.isPresent()) {
      try {
        Files.createDirectories(folder.get());
      } catch (IOException e) {
        throw new UncheckedIOException(
            "tallo.data: the folder " + folder.get().toAbsolutePath() + " cannot be made", e);
      }
    }
    LOG.infof("the store is %s", description);
    migrations.migrate();
  }

  /** Whether other replicas of the service may write to it. */
  public boolean shared() {
    return folder.isEmpty();
  }
}
