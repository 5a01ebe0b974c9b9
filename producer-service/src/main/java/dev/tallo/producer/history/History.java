package dev.tallo.producer.history;

import dev.tallo.store.Store;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * What is known of every task.
 *
 * <p>Writes go to a {@link HistoryWriter}, and those of new tasks to a second one where the store
 * takes both at a time; reads run on a few threads with connections of their own, at most {@value
 * #MAX_WAITING_READS} waiting, and see what was committed before they began. Progress is held for a
 * moment ({@link RecentProgress}): a look-up by id sees it at once, a list when it is written, half
 * a second later.
 */
@Singleton
public class History {
  private static final Logger LOG = Logger.getLogger(History.class);

  /** Readers, beside the writers: the size of the connection pool less theirs. */
  private static final int READERS = 3;

  private static final int MAX_WAITING_READS = 2_000;
  private static final Duration TICK = Duration.ofMillis(250);

  private final Store store;
  private final Sequence sequence = new Sequence();
  private final Clock clock;
  private final HistoryWriter writer;
  private final HistoryWriter submissions;
  private final RecentProgress progress = new RecentProgress();
  private final ThreadPoolExecutor readers;
  private final ScheduledExecutorService ticks;
  private volatile boolean started;

  History(Store store, Clock clock, MeterRegistry registry) {
    this.store = store;
    this.clock = clock;
    // Whoever claimed a task in a store that is ours alone, before we began, is gone.
    long orphans = store.shared() ? 0 : Sequence.first(clock.instant());
    writer =
        new HistoryWriter(
            store.shared() ? "outcomes" : "all",
            store.dataSource(),
            sequence,
            clock,
            registry,
            orphans);
    // PostgreSQL takes new tasks and outcomes side by side; SQLite has one writer at a time.
    submissions =
        store.shared()
            ? new HistoryWriter(
                "submissions", store.dataSource(), sequence, clock, registry, orphans)
            : writer;
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

  /** Opens the store, brings its schema up to date and begins to write. */
  public void start() {
    store.open();
    writer.start();
    if (submissions != writer) {
      submissions.start();
    }
    ticks.scheduleWithFixedDelay(
        () -> writeProgress(progress.tick()),
        TICK.toMillis(),
        TICK.toMillis(),
        TimeUnit.MILLISECONDS);
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
    writeProgress(progress.rest());
    submissions.close();
    writer.close();
    readers.shutdown();
  }

  /**
   * Stores new tasks as PENDING. The stage completes after the commit with those that were not
   * stored, by their places in the list; it fails with {@link HistoryUnavailableException}.
   */
  public CompletionStage<Map<Integer, Conflict>> insert(List<NewTask> tasks) {
    return submissions.insert(tasks);
  }

  /** Forgets tasks that were certainly not published, as they were inserted. */
  public CompletionStage<Integer> remove(List<NewTask> tasks) {
    return writer.remove(tasks);
  }

  /** The broker has these tasks, which others may ask for again by a key or their id. */
  public CompletionStage<Integer> confirm(List<String> ids) {
    return writer.confirm(ids);
  }

  /**
   * Nobody publishes these tasks any more, and it is not known whether the broker has them: the
   * next request under an id of theirs may.
   */
  public CompletionStage<Integer> release(List<String> ids) {
    return writer.release(ids, clock.instant());
  }

  /** Whether the caller may publish this task, since the request that stored it no longer does. */
  public CompletionStage<Boolean> takeOver(String id, Instant until) {
    return writer.takeOver(id, clock.instant(), until);
  }

  /**
   * Stores outcomes; the stage completes after the commit and tells how many of them came of tasks
   * that another run had ended already.
   */
  public CompletionStage<Integer> record(List<TaskOutcome> outcomes) {
    progress.ended(outcomes);
    return writer
        .record(outcomes)
        .whenComplete((count, e) -> progress.recorded(outcomes, e == null));
  }

  /** Takes note that an attempt is under way; may be lost. */
  public void advance(TaskProgress attempt) {
    progress.add(attempt);
  }

  /** The task of this id. */
  public Uni<Optional<StoredTask>> find(String id) {
    return read(
        connection -> {
          // In this order: what is no longer recent when it is asked for is committed.
          Optional<TaskProgress> recent = progress.of(id);
          Optional<StoredTask> stored = find(connection, id);
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

  /** The queues that tasks named or were found in, by name. */
  public Uni<List<String>> queues(int most) {
    return read(
        connection -> {
          List<String> queues = new ArrayList<>();
          try (PreparedStatement select = connection.prepareStatement(HistorySql.QUEUES)) {
            select.setInt(1, most);
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                queues.add(rows.getString(1));
              }
            }
          }
          return queues;
        });
  }

  /** Since when the oldest task of each queue has waited; see {@link WaitingTasks}. */
  public Uni<Map<Optional<String>, Instant>> oldestWaiting() {
    Instant now = clock.instant();
    return read(connection -> WaitingTasks.oldest(connection, now));
  }

  /** Ended tasks whose callback was not sent, the oldest of those that ended after a time first. */
  public Uni<List<DueCallback>> dueCallbacks(Instant after, int most) {
    return read(
        connection -> {
          List<DueCallback> due = new ArrayList<>();
          try (PreparedStatement select = connection.prepareStatement(HistorySql.DUE_CALLBACKS)) {
            select.setLong(1, Sequence.micros(after));
            select.setInt(2, most);
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                due.add(
                    new DueCallback(
                        HistorySql.read(rows), Sequence.instant(rows.getLong("callback_due"))));
              }
            }
          }
          return due;
        });
  }

  /** The callback of this task was sent. */
  public CompletionStage<Integer> callbackSent(DueCallback sent) {
    return writer.callbackSent(sent);
  }

  /**
   * What the store has of these tasks, in short: two equal stamps of a task mean that nothing
   * changed between.
   */
  public Uni<Map<String, TaskStamp>> stamps(Collection<String> ids) {
    List<String> all = List.copyOf(ids);
    return read(
        connection -> {
          Map<String, TaskStamp> stamps = new HashMap<>();
          try (PreparedStatement select = connection.prepareStatement(HistorySql.CHANGES)) {
            for (int first = 0; first < all.size(); first += HistorySql.CHANGES_IDS) {
              for (int i = 0; i < HistorySql.CHANGES_IDS; i++) {
                select.setString(i + 1, all.get(Math.min(first + i, all.size() - 1)));
              }
              try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                  stamps.put(rows.getString(1), TaskStamp.read(rows));
                }
              }
            }
          }
          return stamps;
        });
  }

  /** Whether other processes may write to the same store. */
  public boolean shared() {
    return store.shared();
  }

  /** A task as the retention sees it. */
  record Aged(long seq, Optional<Instant> finished) {}

  /** The tasks after a place and before another, in their order. */
  Uni<List<Aged>> oldest(long after, long before, int most) {
    return read(
        connection -> {
          List<Aged> page = new ArrayList<>(most);
          try (PreparedStatement select = connection.prepareStatement(HistorySql.OLDEST)) {
            select.setLong(1, after);
            select.setLong(2, before);
            select.setInt(3, most);
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                page.add(new Aged(rows.getLong(1), HistorySql.time(rows, 2)));
              }
            }
          }
          return page;
        });
  }

  /**
   * What a page of tasks takes.
   *
   * @param first the lowest place of the page
   */
  record PageSize(long rows, long bytes, long first) {}

  /** The size of the page of tasks below a place. */
  Uni<PageSize> pageSize(long below, int most) {
    return read(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(HistorySql.PAGE_SIZE)) {
            select.setLong(1, below);
            select.setInt(2, most);
            try (ResultSet row = select.executeQuery()) {
              row.next();
              return new PageSize(row.getLong(1), row.getLong(2), row.getLong(3));
            }
          }
        });
  }

  /** Forgets those of these places whose task has ended; tells how many. */
  Uni<Integer> expire(List<Long> places) {
    return Uni.createFrom().completionStage(() -> writer.expire(places));
  }

  /** Forgets the unique keys that were held until before this time. */
  void forgetUnique(Instant before) {
    writer
        .forgetUnique(before)
        .exceptionally(
            e -> {
              LOG.debug("unique keys that ran out are forgotten later", e);
              return 0;
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

  /** Has a step done within the transaction of the writer; see {@link HistoryWriter}. */
  <T> CompletionStage<T> write(int rows, HistoryWriter.Step<T> step) {
    return writer.write(rows, step);
  }

  Instant now() {
    return clock.instant();
  }

  /** A place of its own for what happened at this time. */
  long place(Instant time) {
    return sequence.next(time);
  }

  Recording recording(Statements statements) {
    return new Recording(statements, sequence, clock);
  }

  interface Read<T> {
    T from(Connection connection) throws SQLException;
  }

  /** Reads on a thread and a connection for it. */
  <T> Uni<T> read(Read<T> read) {
    return Uni.createFrom()
        .emitter(
            emitter -> {
              try {
                readers.execute(
                    () -> {
                      try (Connection connection = store.dataSource().getConnection()) {
                        emitter.complete(read.from(connection));
                      } catch (SQLException e) {
                        LOG.error("a read of the history failed", e);
                        emitter.fail(HistoryUnavailableException.of(e));
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

  private void writeProgress(List<TaskProgress> overdue) {
    if (!overdue.isEmpty()) {
      writer
          .advance(overdue)
          .whenComplete(
              (count, e) -> {
                progress.written();
                if (e != null) {
                  LOG.debug("progress was not written; the outcomes will be", e);
                }
              });
    }
  }
}
