package dev.tallo.messaging.broker;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Return;
import dev.tallo.messaging.protocol.AmqpMessage;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Publishes with confirms, many at a time, and tells of every publication what became of it.
 *
 * <p>A publication waits in the backlog, is written by the one writer, and waits for its confirm in
 * the window. It leaves in exactly one of these ways: confirmed; returned ({@link
 * PublishException.Unroutable}); refused ({@link PublishException.Rejected}) or not writable
 * ({@link PublishException.Unencodable}); the channel ended or the confirm did not come in time
 * ({@link PublishException.OutcomeUnknown}); the broker was away, blocked or the backlog full
 * before it was written ({@link PublishException.BrokerUnavailable}).
 *
 * <p>Sequence numbers belong to one channel, which is never revived: its end fails what is
 * outstanding on it, so that no confirm of a later channel can be taken for one of an earlier.
 *
 * <p>Threads: {@link #send} may be called by any thread and never blocks. The writer, a virtual
 * thread, opens the channel and writes. Confirms and returns arrive on the client's reader; futures
 * are completed by a thread of their own, whose continuations must not block. {@code lock} guards
 * {@code outstanding}; nothing is written and no future completed under it.
 */
public final class Publisher implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Publisher.class);
  private static final int BATCH = 256;
  private static final Duration IDLE_CHECK = Duration.ofMillis(200);
  private static final Duration SWEEP = Duration.ofMillis(250);
  private static final Duration RETRY_FIRST = Duration.ofMillis(50);
  private static final Duration RETRY_CAP = Duration.ofSeconds(1);

  /** A publication on its way. */
  private static final class Pending {
    private final Publication publication;
    private final CompletableFuture<Void> future = new CompletableFuture<>();
    private final long acceptedAt = System.nanoTime();
    private Optional<String> returned = Optional.empty();

    private Pending(Publication publication) {
      this.publication = publication;
    }
  }

  private final Link link;
  private final BrokerOptions options;
  private final BrokerMetrics metrics;
  private final Supplier<Declaration> required;
  private final BlockingQueue<Pending> backlog;
  private final ExecutorService completions;
  private final Thread writer;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private final LinkedHashMap<Long, Pending> outstanding =
      new LinkedHashMap<>(); // by number, oldest first
  private volatile boolean ready;
  private volatile boolean closed;

  /**
   * @param required declared on each new connection before anything is published on it
   */
  Publisher(
      Link link, BrokerOptions options, BrokerMetrics metrics, Supplier<Declaration> required) {
    this.link = link;
    this.options = options;
    this.metrics = metrics;
    this.required = required;
    backlog = new LinkedBlockingQueue<>(options.publishBacklog());
    completions =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("tallo-confirms").factory());
    writer = Thread.ofVirtual().name("tallo-publish").unstarted(this::run);
  }

  void start() {
    writer.start();
    Thread.ofVirtual().name("tallo-publish-sweep").start(this::sweep);
  }

  /** Publishes when subscribed; see the class for how it can fail. */
  public Uni<Void> publish(Publication publication) {
    return Uni.createFrom().completionStage(() -> send(publication));
  }

  /**
   * Publishes, and publishes again under the same id for as long as the outcome is unknown or the
   * broker takes no messages, until the deadline. Then it fails with the last reason, or with
   * {@link PublishException.OutcomeUnknown} when any attempt may have arrived.
   */
  public Uni<Void> publishUntil(Publication publication, Duration deadline) {
    return Uni.createFrom()
        .deferred(
            () -> {
              Attempts attempts = new Attempts();
              return Uni.createFrom()
                  .completionStage(() -> attempt(publication, attempts))
                  .onFailure()
                  .invoke(attempts::failed)
                  .onFailure(failure -> failure instanceof PublishException e && e.worthRetrying())
                  .retry()
                  .withBackOff(RETRY_FIRST, RETRY_CAP)
                  .expireIn(deadline.toMillis())
                  .onFailure(IllegalStateException.class) // "retries exhausted", with the reason
                  .transform(Publisher::reasonOf)
                  .ifNoItem()
                  .after(deadline)
                  .failWith(() -> attempts.end(deadline))
                  .onFailure()
                  .transform(attempts::together);
            });
  }

  private CompletionStage<Void> attempt(Publication publication, Attempts attempts) {
    return attempts.begin()
        ? send(publication)
        : CompletableFuture.failedStage(
            new PublishException.BrokerUnavailable("the deadline has passed"));
  }

  private static Throwable reasonOf(Throwable exhausted) {
    return exhausted.getCause() instanceof PublishException reason ? reason : exhausted;
  }

  /** {@link #publish} at once: the hot path. */
  public CompletionStage<Void> send(Publication publication) {
    Pending pending = new Pending(publication);
    Optional<String> refusal = refusal();
    if (refusal.isPresent()) {
      fail(pending, new PublishException.BrokerUnavailable(refusal.get()));
    } else if (!backlog.offer(pending)) {
      fail(
          pending,
          new PublishException.BrokerUnavailable(
              options.publishBacklog() + " messages wait to be published already"));
    } else if (!ready && backlog.remove(pending)) {
      // The channel ended between the check and the offer, when nobody drains the backlog.
      fail(pending, new PublishException.BrokerUnavailable("the connection was lost"));
    }
    return pending.future;
  }

  /** Whether publications are written now. */
  public boolean ready() {
    return ready;
  }

  /** Publications written and not confirmed yet. */
  public int inFlight() {
    lock.lock();
    try {
      return outstanding.size();
    } finally {
      lock.unlock();
    }
  }

  /** Publications that wait to be written. */
  public int waiting() {
    return backlog.size();
  }

  /** Writes and confirms what is under way, within {@code atMost}, then takes no more. */
  void close(Duration atMost) {
    long deadline = System.nanoTime() + atMost.toNanos();
    lock.lock();
    try {
      while (ready && (!backlog.isEmpty() || !outstanding.isEmpty())) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          break;
        }
        room.awaitNanos(Math.min(left, IDLE_CHECK.toNanos()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    close();
  }

  @Override
  public void close() {
    closed = true;
    ready = false;
    writer.interrupt();
    failEverything("the publisher was closed");
    completions.shutdown();
  }

  private Optional<String> refusal() {
    if (closed) {
      return Optional.of("the publisher is closed");
    }
    if (!ready) {
      return Optional.of(link.lastError().orElse("not connected"));
    }
    return link.blockedReason().map(reason -> "it blocks publishers: " + reason);
  }

  private void run() {
    while (!closed && !link.isClosed()) {
      try {
        Optional<Link.Live> open = link.await(Duration.ofSeconds(1));
        if (open.isPresent()) {
          publishOn(open.get());
          if (!closed) {
            Thread.sleep(options.recoveryInterval());
          }
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** One channel's life. */
  private void publishOn(Link.Live open) throws InterruptedException {
    Optional<Channel> channel = Optional.empty();
    String why = "the channel was closed";
    try {
      required.get().declareOn(open.connection());
      Channel own = Channels.open(open.connection());
      channel = Optional.of(own);
      own.confirmSelect();
      own.addReturnListener(this::returned);
      own.addConfirmListener(
          (number, multiple) -> confirmed(number, multiple, true),
          (number, multiple) -> confirmed(number, multiple, false));
      own.addShutdownListener(
          cause -> {
            ready = false;
            failEverything(cause.getMessage());
          });
      ready = own.isOpen();
      write(own, open.frames());
    } catch (IOException | TimeoutException | RuntimeException e) {
      why = e.getCause() == null ? String.valueOf(e.getMessage()) : e.getCause().getMessage();
      if (!closed) {
        LOG.warnf("publishing stopped: %s; opening a new channel", why);
      }
    } finally {
      ready = false;
      failEverything(why);
      channel.ifPresent(Channels::abort);
    }
  }

  private void write(Channel channel, Frames frames) throws IOException, InterruptedException {
    ArrayDeque<Pending> batch = new ArrayDeque<>(BATCH);
    while (!closed && channel.isOpen()) {
      Pending first = backlog.poll(IDLE_CHECK.toMillis(), TimeUnit.MILLISECONDS);
      if (first == null) {
        continue;
      }
      batch.add(first);
      try {
        backlog.drainTo(batch, Math.min(BATCH, awaitRoom(channel)) - 1);
        if (batch.size() == 1) {
          writeAll(channel, batch);
        } else {
          frames.batch(() -> writeAll(channel, batch));
        }
      } finally {
        // What is left was not written, because the channel ended.
        batch.forEach(
            pending ->
                fail(pending, new PublishException.BrokerUnavailable("the connection was lost")));
        batch.clear();
      }
    }
  }

  private void writeAll(Channel channel, ArrayDeque<Pending> batch) throws IOException {
    for (Pending pending = batch.poll(); pending != null; pending = batch.poll()) {
      write(channel, pending);
    }
  }

  private void write(Channel channel, Pending pending) throws IOException {
    long number = channel.getNextPublishSeqNo();
    lock.lock();
    try {
      outstanding.put(number, pending);
    } finally {
      lock.unlock();
    }
    Publication publication = pending.publication;
    AmqpMessage message = publication.message();
    try {
      channel.basicPublish(
          publication.exchange(),
          publication.routingKey(),
          true,
          message.properties(),
          message.body());
    } catch (IllegalArgumentException unencodable) {
      // Nothing was written, but the client has counted it: the numbers of this channel are wrong
      // now.
      lock.lock();
      try {
        outstanding.remove(number);
      } finally {
        lock.unlock();
      }
      fail(pending, new PublishException.Unencodable(publication, unencodable.getMessage()));
      throw new IOException("a message could not be written: " + unencodable.getMessage());
    }
  }

  /**
   * Waits until the window has room or the channel ends; returns how much room there is, 1 at
   * least.
   */
  private int awaitRoom(Channel channel) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (outstanding.size() >= options.publishWindow() && channel.isOpen()) {
        room.awaitNanos(IDLE_CHECK.toNanos());
      }
      return Math.max(1, options.publishWindow() - outstanding.size());
    } finally {
      lock.unlock();
    }
  }

  /** The broker returns a message before it confirms it. */
  private void returned(Return message) {
    String id = message.getProperties().getMessageId();
    lock.lock();
    try {
      for (Pending pending : outstanding.values()) {
        if (pending.returned.isEmpty() && pending.publication.messageId().equals(id)) {
          pending.returned = Optional.of(message.getReplyText());
          return;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void confirmed(long number, boolean multiple, boolean stored) {
    List<Pending> settled = new ArrayList<>();
    lock.lock();
    try {
      if (multiple) {
        Iterator<Map.Entry<Long, Pending>> oldestFirst = outstanding.entrySet().iterator();
        while (oldestFirst.hasNext()) {
          Map.Entry<Long, Pending> entry = oldestFirst.next();
          if (entry.getKey() > number) {
            break;
          }
          settled.add(entry.getValue());
          oldestFirst.remove();
        }
      } else {
        Pending pending = outstanding.remove(number);
        if (pending != null) {
          settled.add(pending);
        }
      }
      room.signalAll();
    } finally {
      lock.unlock();
    }
    complete(
        () -> {
          for (Pending pending : settled) {
            if (!stored) {
              fail(pending, new PublishException.Rejected(pending.publication));
            } else if (pending.returned.isPresent()) {
              fail(
                  pending,
                  new PublishException.Unroutable(pending.publication, pending.returned.get()));
            } else {
              metrics.confirmed(System.nanoTime() - pending.acceptedAt);
              pending.future.complete(null);
            }
          }
        });
  }

  /** Fails what waits longer than the confirm time-out, so that nothing is forgotten. */
  private void sweep() {
    while (!closed) {
      try {
        Thread.sleep(SWEEP);
      } catch (InterruptedException e) {
        return;
      }
      long overdue = System.nanoTime() - options.confirmTimeout().toNanos();
      List<Pending> late = new ArrayList<>();
      lock.lock();
      try {
        Iterator<Pending> oldestFirst = outstanding.values().iterator();
        while (oldestFirst.hasNext()) {
          Pending pending = oldestFirst.next();
          if (pending.acceptedAt - overdue > 0) {
            break;
          }
          late.add(pending);
          oldestFirst.remove();
        }
        if (!late.isEmpty()) {
          room.signalAll();
        }
      } finally {
        lock.unlock();
      }
      String why = "no confirm within " + options.confirmTimeout().toMillis() + " ms";
      late.forEach(
          pending -> complete(() -> fail(pending, new PublishException.OutcomeUnknown(why))));
      failLateInBacklog(overdue);
    }
  }

  private void failLateInBacklog(long overdue) {
    Pending oldest = backlog.peek();
    while (oldest != null && oldest.acceptedAt - overdue <= 0) {
      if (backlog.remove(oldest)) {
        fail(oldest, new PublishException.BrokerUnavailable("it was not written in time"));
      }
      oldest = backlog.peek();
    }
  }

  private void failEverything(String why) {
    List<Pending> unknown;
    lock.lock();
    try {
      unknown = new ArrayList<>(outstanding.values());
      outstanding.clear();
      room.signalAll();
    } finally {
      lock.unlock();
    }
    List<Pending> unwritten = new ArrayList<>();
    backlog.drainTo(unwritten);
    if (unknown.isEmpty() && unwritten.isEmpty()) {
      return;
    }
    complete(
        () -> {
          unknown.forEach(pending -> fail(pending, new PublishException.OutcomeUnknown(why)));
          unwritten.forEach(pending -> fail(pending, new PublishException.BrokerUnavailable(why)));
        });
  }

  /** Runs completions off the client's threads; on the caller's once the publisher is closed. */
  private void complete(Runnable work) {
    if (completions.isShutdown()) {
      work.run();
    } else {
      completions.execute(work);
    }
  }

  private void fail(Pending pending, PublishException failure) {
    if (pending.future.completeExceptionally(failure)) {
      metrics.failed(failure);
    }
  }
}
