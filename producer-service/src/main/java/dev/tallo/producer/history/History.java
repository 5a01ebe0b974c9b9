package dev.tallo.producer.history;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.agroal.DataSource;
import io.quarkus.flyway.FlywayDataSource;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.jboss.logging.Logger;

/**
 * What is known of every task.
 *
 * <p>Writes go to the one {@link HistoryWriter}; reads run on a few threads with connections of
 * their own, at most {@value #MAX_WAITING_READS} waiting, and see what was committed before they
 * began. Progress is held for a moment ({@link RecentProgress}): a look-up by id sees it at once, a
 * list when it is written, half a second later.
 */
@Singleton
public class History {
  private static final Logger LOG = Logger.getLogger(History.class);

  /** Readers, beside the one writer: the size of the connection pool less one. */
  private static final int READERS = 3;

  private static final int MAX_WAITING_READS = 2_000;
  private static final Duration TICK = Duration.ofMillis(250);

  private final javax.sql.DataSource dataSource;
  private final Flyway migrations;
  private final HistoryConfig config;
  private final Sequence sequence = new Sequence();
  private final Clock clock;
  private final HistoryWriter writer;
  private final RecentProgress progress = new RecentProgress();
  private final ThreadPoolExecutor readers;
  private final ScheduledExecutorService ticks;
  private volatile boolean started;

  History(
      @DataSource("history") javax.sql.DataSource dataSource,
      @FlywayDataSource("history") Flyway migrations,
      HistoryConfig config,
      Clock clock,
      MeterRegistry registry) {
    this.dataSource = dataSource;
    this.migrations = migrations;
    this.config = config;
    this.clock = clock;
    writer = new HistoryWriter(dataSource, sequence, clock, registry);
    readers =
        new ThreadPoolExecutor(
            READERS,
            READERS,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING_READS),
            Thread.ofPlatform().daemon().name("tallo-history-reader-", 0).factory());
    readers.allowCoreThreadTimeOut(true);
    ticks =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("tallo-history-tick").factory());
  }

  /** Makes the data folder, brings the schema up to date and begins to write. */
  public void start() {
    try {
      Files.createDirectories(config.data());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "tallo.data: the folder " + config.data().toAbsolutePath() + " cannot be made", e);
    }
    migrations.migrate();
    writer.start();
    ticks.scheduleWithFixedDelay(
        this::writeProgress, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
    started = true;
  }

  /** Whether the schema is up to date and tasks are written. */
  public boolean started() {
    return started;
  }

  /** Writes what was handed in and ends. */
  public void stop() {
    if (!started) {
      return;
    }
    ticks.shutdownNow();
    writeProgress();
    writeProgress();
    writer.close();
    readers.shutdown();
  }

  /**
   * Stores new tasks as PENDING. The stage completes after the commit with the places in the list
   * whose id is used already, and which were not stored; it fails with {@link
   * HistoryUnavailableException}.
   */
  public CompletionStage<BitSet> insert(List<NewTask> tasks) {
    return writer.insert(tasks);
  }

  /** Forgets tasks that were certainly not published. */
  public CompletionStage<Void> remove(List<String> ids) {
    return writer.remove(ids);
  }

  /** Stores outcomes; the stage completes after the commit. */
  public CompletionStage<Void> record(List<TaskOutcome> outcomes) {
    progress.ended(outcomes);
    return writer.record(outcomes);
  }

  /** Takes note that an attempt is under way; may be lost. */
  public void advance(TaskProgress attempt) {
    progress.add(attempt);
  }

  /** The task of this id. */
  public Uni<Optional<StoredTask>> find(String id) {
    return read(
        connection -> {
          Optional<StoredTask> stored = find(connection, id);
          Optional<TaskProgress> recent = progress.of(id);
          if (recent.isEmpty()) {
            return stored;
          }
          return stored
              .map(task -> task.with(recent.get()))
              .or(() -> Optional.of(StoredTask.of(recent.get(), sequence.next(clock.instant()))));
        });
  }

  /** A page of the tasks that the filter takes, newest first. */
  public Uni<TaskPage> list(TaskFilter filter) {
    HistorySql.Query query = HistorySql.list(filter);
    return read(
        connection -> {
          List<StoredTask> tasks = new ArrayList<>();
          try (PreparedStatement select = connection.prepareStatement(query.sql())) {
            for (int i = 0; i < query.parameters().size(); i++) {
              select.setObject(i + 1, query.parameters().get(i));
            }
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                tasks.add(HistorySql.read(rows));
              }
            }
          }
          if (tasks.size() <= filter.limit()) {
            return new TaskPage(tasks, OptionalLong.empty());
          }
          List<StoredTask> page = tasks.subList(0, filter.limit());
          return new TaskPage(page, OptionalLong.of(page.getLast().seq()));
        });
  }

  /** Whether the schema is there and tasks can be read. */
  public Uni<Boolean> usable() {
    return started
        ? read(connection -> find(connection, "").isEmpty()).onFailure().recoverWithItem(false)
        : Uni.createFrom().item(false);
  }

  private static Optional<StoredTask> find(Connection connection, String id) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(HistorySql.FIND)) {
      select.setString(1, id);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(HistorySql.read(row)) : Optional.empty();
      }
    }
  }

  private interface Read<T> {
    T from(Connection connection) throws SQLException;
  }

  private <T> Uni<T> read(Read<T> read) {
    return Uni.createFrom()
        .emitter(
            emitter -> {
              try {
                readers.execute(
                    () -> {
                      try (Connection connection = dataSource.getConnection()) {
                        emitter.complete(read.from(connection));
                      } catch (SQLException e) {
                        LOG.error("a read of the history failed", e);
                        emitter.fail(
                            new HistoryUnavailableException(String.valueOf(e.getMessage()), e));
                      } catch (RuntimeException e) {
                        emitter.fail(e);
                      }
                    });
              } catch (RejectedExecutionException e) {
                emitter.fail(
                    new HistoryUnavailableException(
                        readers.isShutdown()
                            ? "the service ends"
                            : MAX_WAITING_READS + " reads wait already"));
              }
            });
  }

  private void writeProgress() {
    List<TaskProgress> overdue = progress.tick();
    if (!overdue.isEmpty()) {
      writer
          .advance(overdue)
          .exceptionally(
              e -> {
                LOG.debug("progress was not written; the outcomes will be", e);
                return null;
              });
    }
  }
}
