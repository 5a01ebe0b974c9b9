package dev.tallo.producer.history;

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
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** A store with the schema of the migrations. */
final class TestStore {
  private final DataSource dataSource;

  private TestStore(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  static TestStore in(Path folder) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    SQLiteDataSource sqlite = new SQLiteDataSource(config);
    sqlite.setUrl("jdbc:sqlite:" + folder.resolve("history.db"));
    Flyway.configure()
        .dataSource(sqlite)
        .placeholders(Map.of("sequence-type", "INTEGER"))
        .load()
        .migrate();
    return new TestStore(sqlite);
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
    try (Connection connection = dataSource.getConnection();
        PreparedStatement explain =
            connection.prepareStatement("EXPLAIN QUERY PLAN " + query.sql())) {
      for (int i = 0; i < query.parameters().size(); i++) {
        explain.setObject(i + 1, query.parameters().get(i));
      }
      StringBuilder plan = new StringBuilder();
      try (ResultSet rows = explain.executeQuery()) {
        while (rows.next()) {
          plan.append(rows.getString("detail")).append('\n');
        }
      }
      return plan.toString();
    }
  }
}
