package dev.tallo.producer.history;

import dev.tallo.store.DatabaseUrl;
import dev.tallo.store.Store;
import dev.tallo.testpostgres.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.postgresql.ds.PGSimpleDataSource;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** A store with the schema of the migrations. */
final class TestStore {
  private final DataSource dataSource;
  private final Flyway migrations;

  private TestStore(DataSource dataSource, String sequenceType, String bytesType) {
    this.dataSource = dataSource;
    migrations =
        Flyway.configure()
            .dataSource(dataSource)
            .placeholders(Map.of("sequence-type", sequenceType, "bytes-type", bytesType))
            .load();
    migrations.migrate();
  }

  static TestStore sqlite(Path folder) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    SQLiteDataSource sqlite = new SQLiteDataSource(config);
    sqlite.setUrl("jdbc:sqlite:" + folder.resolve("history.db"));
    return new TestStore(sqlite, "INTEGER", "BLOB");
  }

  /** A database of its own, as a service would reach it. */
  static TestStore postgresql() {
    DatabaseUrl url = DatabaseUrl.parse(TestPostgres.shared().newDatabase());
    PGSimpleDataSource postgresql = new PGSimpleDataSource();
    postgresql.setUrl(url.jdbcUrl("public", "test"));
    postgresql.setUser(url.user().orElseThrow());
    postgresql.setPassword(url.password().orElseThrow());
    return new TestStore(postgresql, "BIGINT", "BYTEA");
  }

  /** As the service has it. */
  Store store() {
    return new Store(dataSource, migrations, "the test's", Optional.empty());
  }

  DataSource dataSource() {
    return dataSource;
  }

  Optional<StoredTask> find(String id) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement select = connection.prepareStatement(HistorySql.FIND)) {
      select.setString(1, id);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(HistorySql.read(row)) : Optional.empty();
      }
    }
  }

  StoredTask get(String id) throws SQLException {
    return find(id).orElseThrow();
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** How the store would find the rows of a query. */
  String plan(HistorySql.Query query) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      boolean sqlite = connection.getMetaData().getDatabaseProductName().equals("SQLite");
      try (PreparedStatement explain =
          connection.prepareStatement(
              (sqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN ") + query.sql())) {
        for (int i = 0; i < query.parameters().size(); i++) {
          explain.setObject(i + 1, query.parameters().get(i));
        }
        StringBuilder plan = new StringBuilder();
        try (ResultSet rows = explain.executeQuery()) {
          while (rows.next()) {
            plan.append(rows.getString(sqlite ? "detail" : "QUERY PLAN")).append('\n');
          }
        }
        return plan.toString();
      }
    }
  }
}
