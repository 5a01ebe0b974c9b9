package dev.tallo.producer.history;

import dev.tallo.messaging.metrics.Buckets;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jboss.logging.Logger;

/**
 * Writes to the history: one thread, one connection, one transaction for all that came in while the
 * last one was committed. A lone write is thus committed at once, and under load the price of a
 * commit is shared by up to {@value #BATCH_ROWS} rows.
 *
 * <p>What is asked for in one write is committed together, and its stage completes after the
 * commit. When a transaction fails, each of its writes is tried again by itself, so that one that
 * the store refuses does not sink the others; a write that fails by itself fails its stage. When
 * the connection was lost, all of them fail: whether the store has committed them is not known.
 *
 * <p>Threads: any thread may ask for a write, none is ever blocked; {@code queue} hands it to the
 * writer, which alone touches the connection. Rows of new tasks that wait are bounded by {@link
 * #MAX_WAITING_ROWS}; outcomes are bounded by their consumer's prefetch and progress by {@link
 * RecentProgress}. Stages complete on the writer's thread: what depends on them must not block. It
 * is a platform thread because SQLite's driver runs native code.
 */
final class HistoryWriter implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(HistoryWriter.class);

  /** Most rows of a transaction; a single write may exceed it. */
  static final int BATCH_ROWS = 2_000;

  /** Most rows of new tasks that wait; more are refused. */
  static final int MAX_WAITING_ROWS = 20_000;

  private static final String WRITER = "writer";
  private static final Duration IDLE_CHECK = Duration.ofSeconds(1);
  private static final Duration LAST_WRITES = Duration.ofSeconds(10);

  /** Done by the writer, within its transaction; again if that failed. */
  interface Step<T> {
    T apply(Statements statements) throws SQLException;
  }

  /** A step that waits, or whose transaction does. */
  private static final class Write<T> {
    private final int rows;
    private final Step<T> step;
    private final CompletableFuture<T> done = new CompletableFuture<>();
    private final long since = System.nanoTime();
    private Optional<T> result = Optional.empty(); // by the writer only

    Write(int rows, Step<T> step) {
      this.rows = rows;
      this.step = step;
    }

    void apply(Statements statements) throws SQLException {
      result = Optional.of(step.apply(statements));
    }

    void committed() {
      done.complete(result.orElseThrow());
    }

    void failed(HistoryUnavailableException why) {
      done.completeExceptionally(why);
    }
  }

  /** The connection, and the statements kept open on it. */
  private static final class Session implements Statements, AutoCloseable {
    private final Connection connection;
    private final Map<String, PreparedStatement> open = new HashMap<>();
    private final boolean takeManyRows;

    Session(DataSource dataSource) throws SQLException {
      connection = dataSource.getConnection();
      try {
        connection.setAutoCommit(false);
        takeManyRows = connection.getMetaData().getDatabaseProductName().equals("PostgreSQL");
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
    }

    @Override
    public PreparedStatement of(String sql) throws SQLException {
      PreparedStatement statement = open.get(sql);
      if (statement == null) {
        statement = connection.prepareStatement(sql);
        open.put(sql, statement);
      }
      return statement;
    }

    @Override
    public boolean takeManyRows() {
      return takeManyRows;
    }

    void commit() throws SQLException {
      connection.commit();
    }

    /** What a failed transaction left behind must not be part of the next. */
    void rollback() throws SQLException {
      for (PreparedStatement statement : open.values()) {
        statement.clearBatch();
      }
      connection.rollback();
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }

  private final DataSource dataSource;
  private final Sequence sequence;
  private final Clock clock;
  private final long orphans;
  private final BlockingQueue<Write<?>> queue = new LinkedBlockingQueue<>();
  private final AtomicInteger waitingRows = new AtomicInteger();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final DistributionSummary batchRows;
  private final Timer commits;
  private final Timer lag;
  private final Thread thread;
  private Optional<Session> open = Optional.empty(); // by the writer only

  /**
   * @param name of what it writes, in metrics
   * @param orphans tasks of lower places are claimed by nobody who lives; 0 if that is not known
   */
  HistoryWriter(
      String name,
      DataSource dataSource,
      Sequence sequence,
      Clock clock,
      MeterRegistry registry,
      long orphans) {
    this.orphans = orphans;
    this.dataSource = dataSource;
    this.sequence = sequence;
    this.clock = clock;
    batchRows =
        DistributionSummary.builder("tallo.history.batch")
            .description("Rows written in one transaction")
            .baseUnit("rows")
            .tag(WRITER, name)
            .register(registry);
    commits =
        Buckets.ofRequests(Timer.builder("tallo.history.commit"))
            .description("Duration of one transaction")
            .tag(WRITER, name)
            .register(registry);
    lag =
        Buckets.ofRequests(Timer.builder("tallo.history.lag"))
            .description("From a write being asked for to its commit")
            .tag(WRITER, name)
            .register(registry);
    Gauge.builder("tallo.history.waiting", waitingRows, AtomicInteger::get)
        .description("Rows that wait to be written")
        .baseUnit("rows")
        .tag(WRITER, name)
        .register(registry);
    thread = Thread.ofPlatform().name("tallo-history-writer-" + name).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** New tasks; the stage tells, by their places, which were not stored and why. */
  CompletionStage<Map<Integer, Conflict>> insert(List<NewTask> tasks) {
    if (waitingRows.get() + tasks.size() > MAX_WAITING_ROWS) {
      return CompletableFuture.failedStage(
          new HistoryUnavailableException(waitingRows + " rows wait to be written"));
    }
    return write(
        tasks.size(), statements -> new Insertion(statements, sequence, clock, orphans).of(tasks));
  }

  /** Forgets tasks that were never published, as they were inserted. */
  CompletionStage<Integer> remove(List<NewTask> tasks) {
    return batch(
        HistorySql.TAKE_BACK,
        tasks,
        (statement, task) -> {
          statement.setString(1, task.id());
          HistorySql.setTime(Parameters.of(statement), 2, task.storedClaim());
        });
  }

  /** Outcomes; the stage tells how many came of tasks that another run had ended. */
  CompletionStage<Integer> record(List<TaskOutcome> outcomes) {
    List<TaskOutcome> inOrder = inOrder(outcomes, TaskOutcome::id);
    return write(
        inOrder.size(), statements -> new Recording(statements, sequence, clock).of(inOrder));
  }

  CompletionStage<Integer> advance(List<TaskProgress> progress) {
    return batch(
        HistorySql.ADVANCE,
        inOrder(progress, TaskProgress::id),
        (statement, one) -> HistorySql.bindAdvance(Parameters.of(statement), now(), one));
  }

  /** The broker has these tasks, which others may ask for again by a key or their id. */
  CompletionStage<Integer> confirm(List<String> ids) {
    return batch(HistorySql.CONFIRM, ids, (statement, id) -> statement.setString(1, id));
  }

  /** Nobody publishes these tasks any more, and it is not known whether the broker has them. */
  CompletionStage<Integer> release(List<String> ids, Instant now) {
    return batch(
        HistorySql.RELEASE,
        ids,
        (statement, id) -> {
          statement.setLong(1, Sequence.micros(now));
          statement.setString(2, id);
        });
  }

  /** Whether the caller may publish a task whose claim has run out by now. */
  CompletionStage<Boolean> takeOver(String id, Instant now, Instant until) {
    return batch(
            HistorySql.TAKE_OVER,
            List.of(id),
            (statement, one) -> {
              statement.setLong(1, Sequence.micros(until));
              statement.setString(2, one);
              statement.setLong(3, Sequence.micros(now));
            })
        .thenApply(count -> count == 1);
  }

  /** The callback of this task was sent. */
  CompletionStage<Integer> callbackSent(DueCallback sent) {
    return batch(
        HistorySql.CALLBACK_SENT,
        List.of(sent),
        (statement, one) -> {
          statement.setString(1, one.task().id());
          statement.setLong(2, Sequence.micros(one.since()));
        });
  }

  /** Forgets ended tasks, by their places; tells how many. */
  CompletionStage<Integer> expire(List<Long> places) {
    return batch(HistorySql.EXPIRE, places, (statement, seq) -> statement.setLong(1, seq));
  }

  /** Forgets unique keys that nobody holds any more. */
  CompletionStage<Integer> forgetUnique(Instant before) {
    return batch(
        HistorySql.FORGET_UNIQUE,
        List.of(before),
        (statement, time) -> statement.setLong(1, Sequence.micros(time)));
  }

  /** Replicas that lock the same rows in the same order do not lock each other out. */
  private static <T> List<T> inOrder(List<T> rows, Function<T, String> id) {
    return rows.size() < 2 ? rows : rows.stream().sorted(Comparator.comparing(id)).toList();
  }

  private long now() {
    return sequence.next(clock.instant());
  }

  private interface Binding<T> {
    void bind(PreparedStatement statement, T row) throws SQLException;
  }

  /** One statement for each row; the stage tells how many rows changed. */
  private <T> CompletionStage<Integer> batch(String sql, List<T> rows, Binding<T> binding) {
    return write(
        rows.size(),
        statements -> {
          PreparedStatement statement = statements.of(sql);
          for (T row : rows) {
            binding.bind(statement, row);
            statement.addBatch();
          }
          return Arrays.stream(statement.executeBatch()).sum();
        });
  }

  /** Has a step done, together with others. */
  <T> CompletionStage<T> write(int rows, Step<T> step) {
    Write<T> write = new Write<>(rows, step);
    waitingRows.addAndGet(rows);
    queue.add(write);
    if (closing.get() && !thread.isAlive()) {
      failWaiting();
    }
    return write.done;
  }

  /** Writes what was asked for until now, within 10 s, and takes no more. */
  @Override
  public void close() {
    if (closing.getAndSet(true) || thread.getState() == Thread.State.NEW) {
      return;
    }
    write(0, statements -> 0); // so that the writer need not be waited for
    try {
      if (!thread.join(LAST_WRITES)) {
        LOG.errorf("%d rows of the history were not written", waitingRows.get());
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    failWaiting();
  }

  private void failWaiting() {
    for (Write<?> left = queue.poll(); left != null; left = queue.poll()) {
      waitingRows.addAndGet(-left.rows);
      left.failed(new HistoryUnavailableException("the service ends"));
    }
  }

  private void run() {
    List<Write<?>> batch = new ArrayList<>();
    try {
      while (true) {
        Write<?> first = queue.poll(IDLE_CHECK.toMillis(), TimeUnit.MILLISECONDS);
        if (first == null) {
          if (closing.get()) {
            return;
          }
          continue;
        }
        int rows = 0;
        for (Write<?> next = first; next != null; next = queue.poll()) {
          batch.add(next);
          rows += next.rows;
          if (rows >= BATCH_ROWS) {
            break;
          }
        }
        write(batch, rows);
        batch.clear();
        if (closing.get() && queue.isEmpty()) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      disconnect();
    }
  }

  private void write(List<Write<?>> batch, int rows) {
    try {
      transact(batch);
      batchRows.record(rows);
      waitingRows.addAndGet(-rows);
      batch.forEach(this::committed);
    } catch (SQLException | RuntimeException together) {
      waitingRows.addAndGet(-rows);
      if (open.isEmpty()) {
        LOG.errorf("a transaction of %d rows failed: %s", rows, together.getMessage());
        batch.forEach(one -> one.failed(unavailable(together)));
      } else {
        LOG.debugf(together, "a transaction of %d rows failed; each write is tried again", rows);
        batch.forEach(this::writeAlone);
      }
    }
  }

  private void writeAlone(Write<?> one) {
    try {
      transact(List.of(one));
      committed(one);
    } catch (SQLException | RuntimeException alone) {
      LOG.errorf(alone, "a write of %d rows failed", one.rows);
      one.failed(unavailable(alone));
    }
  }

  private static HistoryUnavailableException unavailable(Exception cause) {
    return HistoryUnavailableException.of(cause);
  }

  private void committed(Write<?> one) {
    lag.record(System.nanoTime() - one.since, TimeUnit.NANOSECONDS);
    one.committed();
  }

  private void transact(List<Write<?>> batch) throws SQLException {
    long began = System.nanoTime();
    if (open.isEmpty()) {
      open = Optional.of(new Session(dataSource));
    }
    Session statements = open.get();
    try {
      for (Write<?> one : batch) {
        one.apply(statements);
      }
      statements.commit();
    } catch (SQLException | RuntimeException e) {
      try {
        statements.rollback();
      } catch (SQLException lost) {
        e.addSuppressed(lost);
        disconnect();
      }
      throw e;
    }
    commits.record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
  }

  /** The next transaction connects again. */
  private void disconnect() {
    open.ifPresent(
        statements -> {
          try {
            statements.close();
          } catch (SQLException e) {
            LOG.debug("the connection was lost already", e);
          }
        });
    open = Optional.empty();
  }
}
