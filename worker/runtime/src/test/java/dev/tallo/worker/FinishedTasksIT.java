package dev.tallo.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tallo.testpostgres.TestPostgres;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FinishedTasksIT {
  record Receipt(int number) {}

  private final URI database = URI.create(TestPostgres.shared().newDatabase());
  private final FinishedTasks finished = new FinishedTasks(new ObjectMapper());
  private Connection connection;

  @BeforeEach
  void begin() throws SQLException {
    connection = connect();
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE tallo_finished_task (id VARCHAR(155) PRIMARY KEY, finished_at BIGINT NOT"
              + " NULL, result TEXT)");
      statement.execute("CREATE TABLE booking (number INTEGER)");
    }
    connection.commit();
  }

  @AfterEach
  void end() throws SQLException {
    connection.close();
  }

  private Connection connect() throws SQLException {
    String[] user = database.getUserInfo().split(":", 2);
    Connection opened =
        DriverManager.getConnection(
            "jdbc:postgresql://"
                + database.getHost()
                + ":"
                + database.getPort()
                + database.getPath()
                + TestPostgres.PATIENTLY,
            user[0],
            user[1]);
    opened.setAutoCommit(false);
    return opened;
  }

  private Receipt book(Connection on, int number) throws SQLException {
    try (Statement statement = on.createStatement()) {
      statement.executeUpdate("INSERT INTO booking VALUES (" + number + ")");
    }
    return new Receipt(number);
  }

  private int bookings() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT count(*) FROM booking")) {
      count.next();
      return count.getInt(1);
    }
  }

  @Test
  void works_once_and_returns_the_same_result_when_the_task_comes_again() throws Exception {
    Receipt first =
        finished.once(connection, task("t-1"), Receipt.class, () -> book(connection, 1));
    connection.commit();
    Receipt again =
        finished.once(connection, task("t-1"), Receipt.class, () -> book(connection, 2));
    connection.commit();

    assertThat(first).isEqualTo(new Receipt(1));
    assertThat(again).isEqualTo(new Receipt(1));
    assertThat(bookings()).isEqualTo(1);
  }

  @Test
  void records_nothing_of_work_that_was_rolled_back() throws Exception {
    finished.once(connection, task("t-1"), Receipt.class, () -> book(connection, 1));
    connection.rollback();
    finished.once(connection, task("t-1"), Receipt.class, () -> book(connection, 2));
    connection.commit();

    assertThat(bookings()).isEqualTo(1);
  }

  @Test
  void undoes_the_second_of_two_runs_at_the_same_time() throws Exception {
    CountDownLatch bothWork = new CountDownLatch(2);
    try (Connection other = connect()) {
      CompletableFuture<Void> second =
          CompletableFuture.runAsync(
              () -> {
                try {
                  finished.once(
                      other,
                      task("t-1"),
                      Receipt.class,
                      () -> {
                        bothWork.countDown();
                        bothWork.await(30, TimeUnit.SECONDS);
                        return book(other, 2);
                      });
                  other.commit();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      boolean firstWon = true;
      try {
        finished.once(
            connection,
            task("t-1"),
            Receipt.class,
            () -> {
              bothWork.countDown();
              bothWork.await(30, TimeUnit.SECONDS);
              return book(connection, 1);
            });
        connection.commit();
      } catch (SQLException e) {
        firstWon = false;
        connection.rollback();
      }
      if (firstWon) {
        assertThatThrownBy(second::join).hasRootCauseInstanceOf(SQLException.class);
        other.rollback();
      } else {
        second.join();
      }
      assertThat(bookings()).isEqualTo(1);
    }
  }

  @Test
  void refuses_a_connection_that_commits_by_itself() throws Exception {
    connection.setAutoCommit(true);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> finished.once(connection, task("t-1"), Receipt.class, () -> new Receipt(1)))
        .withMessageContaining("transaction");
  }

  @Test
  void forgets_what_finished_before_a_time() throws Exception {
    finished.once(connection, task("t-1"), Receipt.class, () -> book(connection, 1));

    assertThat(finished.forget(connection, Instant.now().minusSeconds(60))).isZero();
    assertThat(finished.forget(connection, Instant.now().plusSeconds(60))).isEqualTo(1);
  }

  private static TaskContext task(String id) {
    return new TaskContext() {
      @Override
      public String id() {
        return id;
      }

      @Override
      public String name() {
        return "book";
      }

      @Override
      public int attempt() {
        return 1;
      }

      @Override
      public String queue() {
        return "default";
      }

      @Override
      public Map<String, Object> headers() {
        return Map.of();
      }

      @Override
      public Optional<Instant> deadline() {
        return Optional.empty();
      }

      @Override
      public boolean redelivered() {
        return true;
      }

      @Override
      public String rootId() {
        return id;
      }

      @Override
      public Optional<String> parentId() {
        return Optional.empty();
      }

      @Override
      public Optional<String> groupId() {
        return Optional.empty();
      }

      @Override
      public void progress(double done, double total, String note) {}
    };
  }
}
