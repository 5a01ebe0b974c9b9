package dev.tallo.producer.history;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jboss.logging.Logger;

/**
 * Writes the history: one thread, one connection, one transaction for all that came in while the
 * last one was committed. A lone write is thus committed at once, and under load the price of a
 * commit is shared by up to {@value #BATCH_ROWS} rows.
 *
 * <p>What is asked for in one write is committed together, and its stage completes after the
 * commit. When a transaction fails, each of its writes is tried again by itself, so that one that
 * the store refuses does not sink the others; a write that fails by itself fails its stage.
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

  private static final Duration IDLE_CHECK = Duration.ofSeconds(1);
  private static final Duration LAST_WRITES = Duration.ofSeconds(10);

  private sealed interface Work {
    int rows();

    /** Done by the writer, within its transaction. */
    void apply(Statements statements) throws SQLException;

    void committed();

    void failed(HistoryUnavailableException why);
  }

  private record Insert(List<NewTask> tasks, BitSet used, CompletableFuture<BitSet> done)
      implements Work {
    @Override
    public int rows() {
      return tasks.size();
    }

    @Override
    public void apply(Statements statements) throws SQLException {
      used.clear();
      for (NewTask task : tasks) {
        HistorySql.bindInsert(statements.insert, statements.next(task), task);
        statements.insert.addBatch();
      }
      int[] counts = statements.insert.executeBatch();
      for (int i = 0; i < counts.length; i++) {
        used.set(i, counts[i] == 0);
      }
    }

    @Override
    public void committed() {
      done.complete(used);
    }

    @Override
    public void failed(HistoryUnavailableException why) {
      done.completeExceptionally(why);
    }
  }

  private record Remove(List<String> ids, CompletableFuture<Void> done) implements Work {
    @Override
    public int rows() {
      return ids.size();
    }

    @Override
    public void apply(Statements statements) throws SQLException {
      for (String id : ids) {
        statements.remove.setString(1, id);
        statements.remove.addBatch();
      }
      statements.remove.executeBatch();
    }

    @Override
    public void committed() {
      done.complete(null);
    }

    @Override
    public void failed(HistoryUnavailableException why) {
      done.completeExceptionally(why);
    }
  }

  private record Record(List<TaskOutcome> outcomes, CompletableFuture<Void> done) implements Work {
    @Override
    public int rows() {
      return outcomes.size();
    }

    @Override
    public void apply(Statements statements) throws SQLException {
      for (TaskOutcome outcome : outcomes) {
        HistorySql.bindRecord(statements.record, statements.now(), outcome);
        statements.record.addBatch();
      }
      statements.record.executeBatch();
    }

    @Override
    public void committed() {
      done.complete(null);
    }

    @Override
    public void failed(HistoryUnavailableException why) {
      done.completeExceptionally(why);
    }
  }

  private record Advance(List<TaskProgress> progress, CompletableFuture<Void> done)
      implements Work {
    @Override
    public int rows() {
      return progress.size();
    }

    @Override
    public void apply(Statements statements) throws SQLException {
      for (TaskProgress one : progress) {
        HistorySql.bindAdvance(statements.advance, statements.now(), one);
        statements.advance.addBatch();
      }
      statements.advance.executeBatch();
    }

    @Override
    public void committed() {
      done.complete(null);
    }

    @Override
    public void failed(HistoryUnavailableException why) {
      done.completeExceptionally(why);
    }
  }

  private record Waiting(Work work, long since) {}

  /** The connection, and the statements kept open on it. */
  private final class Statements implements AutoCloseable {
    private final Connection connection;
    private final PreparedStatement insert;
    private final PreparedStatement remove;
    private final PreparedStatement record;
    private final PreparedStatement advance;

    Statements() throws SQLException {
      connection = dataSource.getConnection();
      try {
        connection.setAutoCommit(false);
        insert = connection.prepareStatement(HistorySql.INSERT);
        remove = connection.prepareStatement(HistorySql.REMOVE);
        record = connection.prepareStatement(HistorySql.RECORD);
        advance = connection.prepareStatement(HistorySql.ADVANCE);
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
    }

    long next(NewTask task) {
      return sequence.next(task.submitted());
    }

    long now() {
      return sequence.next(clock.instant());
    }

    /** What a failed transaction left behind must not be part of the next. */
    void rollback() throws SQLException {
      insert.clearBatch();
      remove.clearBatch();
      record.clearBatch();
      advance.clearBatch();
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
  private final BlockingQueue<Waiting> queue = new LinkedBlockingQueue<>();
  private final AtomicInteger waitingRows = new AtomicInteger();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final DistributionSummary batchRows;
  private final Timer commits;
  private final Timer lag;
  private final Thread thread;
  private Optional<Statements> open = Optional.empty(); // by the writer only

  HistoryWriter(DataSource dataSource, Sequence sequence, Clock clock, MeterRegistry registry) {
    this.dataSource = dataSource;
    this.sequence = sequence;
    this.clock = clock;
    batchRows =
        DistributionSummary.builder("tallo.history.batch")
            .description("Rows written in one transaction")
            .baseUnit("rows")
            .register(registry);
    commits =
        Timer.builder("tallo.history.commit")
            .description("Duration of one transaction")
            .register(registry);
    lag =
        Timer.builder("tallo.history.lag")
            .description("From a write being asked for to its commit")
            .register(registry);
    Gauge.builder("tallo.history.waiting", waitingRows, AtomicInteger::get)
        .description("Rows that wait to be written")
        .baseUnit("rows")
        .register(registry);
    thread = Thread.ofPlatform().name("tallo-history-writer").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** New tasks; the stage tells the places of those whose id is used, which were not stored. */
  CompletionStage<BitSet> insert(List<NewTask> tasks) {
    CompletableFuture<BitSet> done = new CompletableFuture<>();
    Work work = new Insert(tasks, new BitSet(tasks.size()), done);
    if (waitingRows.get() + tasks.size() > MAX_WAITING_ROWS) {
      work.failed(new HistoryUnavailableException(waitingRows + " rows wait to be written"));
    } else {
      offer(work);
    }
    return done;
  }

  /** Forgets tasks that were never published. */
  CompletionStage<Void> remove(List<String> ids) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    offer(new Remove(ids, done));
    return done;
  }

  CompletionStage<Void> record(List<TaskOutcome> outcomes) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    offer(new Record(outcomes, done));
    return done;
  }

  CompletionStage<Void> advance(List<TaskProgress> progress) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    offer(new Advance(progress, done));
    return done;
  }

  /** Writes what was asked for until now, within 10 s, and takes no more. */
  @Override
  public void close() {
    if (closing.getAndSet(true) || thread.getState() == Thread.State.NEW) {
      return;
    }
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

  private void offer(Work work) {
    waitingRows.addAndGet(work.rows());
    queue.add(new Waiting(work, System.nanoTime()));
    if (closing.get() && !thread.isAlive()) {
      failWaiting();
    }
  }

  private void failWaiting() {
    for (Waiting left = queue.poll(); left != null; left = queue.poll()) {
      waitingRows.addAndGet(-left.work.rows());
      left.work.failed(new HistoryUnavailableException("the service ends"));
    }
  }

  private void run() {
    List<Waiting> batch = new ArrayList<>();
    try {
      while (true) {
        Waiting first = queue.poll(IDLE_CHECK.toMillis(), TimeUnit.MILLISECONDS);
        if (first == null) {
          if (closing.get()) {
            return;
          }
          continue;
        }
        int rows = 0;
        for (Waiting next = first; next != null; next = queue.poll()) {
          batch.add(next);
          rows += next.work.rows();
          if (rows >= BATCH_ROWS) {
            break;
          }
        }
        write(batch, rows);
        batch.clear();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      disconnect();
    }
  }

  private void write(List<Waiting> batch, int rows) {
    try {
      transact(batch);
      batchRows.record(rows);
      waitingRows.addAndGet(-rows);
      batch.forEach(this::committed);
    } catch (SQLException together) {
      LOG.debugf(
          together, "a transaction of %d rows failed; each of its writes is tried again", rows);
      waitingRows.addAndGet(-rows);
      for (Waiting one : batch) {
        try {
          transact(List.of(one));
          committed(one);
        } catch (SQLException alone) {
          LOG.errorf(alone, "a write of %d rows failed", one.work.rows());
          one.work.failed(
              new HistoryUnavailableException(String.valueOf(alone.getMessage()), alone));
        }
      }
    }
  }

  private void committed(Waiting one) {
    lag.record(System.nanoTime() - one.since, TimeUnit.NANOSECONDS);
    one.work.committed();
  }

  private void transact(List<Waiting> batch) throws SQLException {
    long began = System.nanoTime();
    if (open.isEmpty()) {
      open = Optional.of(new Statements());
    }
    Statements statements = open.get();
    try {
      for (Waiting one : batch) {
        one.work.apply(statements);
      }
      statements.connection.commit();
    } catch (SQLException e) {
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
