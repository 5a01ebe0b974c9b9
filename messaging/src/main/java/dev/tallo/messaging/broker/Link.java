package dev.tallo.messaging.broker;

import com.rabbitmq.client.BlockedListener;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;

/**
 * One connection that is opened again whenever it ends, until {@link #close()}.
 *
 * <p>Threads: a keeper of its own connects and waits for the end of the connection. Users call
 * {@link #await} from their own threads. {@code lock} guards {@code live}, {@code closed} and
 * {@code lastError}; no I/O is done under it.
 */
final class Link implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Link.class);
  private static final int CLOSE_TIMEOUT_MS = 3_000;

  /** An open connection with its frames. */
  record Live(Connection connection, Frames frames) {}

  private final BrokerOptions options;
  private final String name;
  private final ExecutorService dispatch;
  private final Thread keeper;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  private Optional<Live> live = Optional.empty();
  private Optional<String> lastError = Optional.of("not connected yet");
  private boolean closed;
  private volatile Optional<String> blockedReason = Optional.empty();
  private int nextAddress;

  /**
   * @param purpose what it is for, the end of its name at the broker
   * @param dispatch runs the consumers' callbacks
   */
  Link(BrokerOptions options, String purpose, ExecutorService dispatch) {
    this.options = options;
    this.dispatch = dispatch;
    name = "tallo-%s@%s %s".formatted(options.service(), hostName(), purpose);
    keeper = Thread.ofVirtual().name(name).unstarted(this::keepOpen);
  }

  void start() {
    keeper.start();
  }

  /** The open connection; waits for it at most this long. */
  Optional<Live> await(Duration atMost) throws InterruptedException {
    long left = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while (!closed && live.filter(l -> l.connection().isOpen()).isEmpty() && left > 0) {
        left = changed.awaitNanos(left);
      }
      return live.filter(l -> l.connection().isOpen());
    } finally {
      lock.unlock();
    }
  }

  boolean connected() {
    lock.lock();
    try {
      return live.filter(l -> l.connection().isOpen()).isPresent();
    } finally {
      lock.unlock();
    }
  }

  Optional<String> blockedReason() {
    return blockedReason;
  }

  Optional<String> lastError() {
    lock.lock();
    try {
      return lastError;
    } finally {
      lock.unlock();
    }
  }

  Duration recoveryInterval() {
    return options.recoveryInterval();
  }

  @Override
  public void close() {
    Optional<Live> open;
    lock.lock();
    try {
      closed = true;
      open = live;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    keeper.interrupt();
    open.ifPresent(l -> l.connection().abort(CLOSE_TIMEOUT_MS));
  }

  private void keepOpen() {
    boolean told = false;
    while (!isClosed()) {
      try {
        Live opened = connect();
        CountDownLatch ended = new CountDownLatch(1);
        opened.connection().addShutdownListener(cause -> ended.countDown());
        LOG.infof("%s: connected to %s", name, opened.connection().getAddress());
        told = false;
        publish(Optional.of(opened), Optional.empty());
        ended.await();
        ShutdownSignalException cause = opened.connection().getCloseReason();
        String why = cause == null ? "the connection ended" : cause.getMessage();
        blockedReason = Optional.empty();
        publish(Optional.empty(), Optional.of(why));
        if (!isClosed()) {
          LOG.warnf("%s: connection lost: %s", name, why);
        }
      } catch (IOException | TimeoutException | GeneralSecurityException | RuntimeException e) {
        String why = describe(e);
        publish(Optional.empty(), Optional.of(why));
        if (!told) {
          LOG.warnf("%s: cannot connect to %s: %s; trying on", name, options.addresses(), why);
          told = true;
        }
      } catch (InterruptedException e) {
        return;
      }
      pause();
    }
  }

  private Live connect() throws IOException, TimeoutException, GeneralSecurityException {
    List<BrokerAddress> addresses = options.addresses();
    BrokerAddress address = addresses.get(nextAddress++ % addresses.size());
    Frames.Factory factory = new Frames.Factory(options.maxInboundBody());
    factory.setHost(address.host());
    factory.setPort(address.port());
    factory.setUsername(address.username());
    factory.setPassword(address.password());
    factory.setVirtualHost(address.virtualHost());
    if (address.tls()) {
      factory.useSslProtocol(javax.net.ssl.SSLContext.getDefault());
      factory.enableHostnameVerification();
    }
    int timeoutMs = Math.toIntExact(options.connectTimeout().toMillis());
    factory.setConnectionTimeout(timeoutMs);
    factory.setHandshakeTimeout(timeoutMs);
    factory.setChannelRpcTimeout(timeoutMs);
    factory.setRequestedHeartbeat(Math.toIntExact(options.heartbeat().toSeconds()));
    factory.setAutomaticRecoveryEnabled(false);
    factory.setThreadFactory(Thread.ofPlatform().daemon().name(name + " ", 0).factory());
    Connection connection = factory.newConnection(dispatch, name);
    connection.addBlockedListener(
        new BlockedListener() {
          @Override
          public void handleBlocked(String reason) {
            LOG.warnf("%s: blocked by the broker: %s", name, reason);
            blockedReason = Optional.of(reason);
          }

          @Override
          public void handleUnblocked() {
            LOG.infof("%s: no longer blocked", name);
            blockedReason = Optional.empty();
          }
        });
    return new Live(connection, factory.frames());
  }

  private void publish(Optional<Live> now, Optional<String> error) {
    lock.lock();
    try {
      live = now;
      lastError = error;
      changed.signalAll();
      if (closed) {
        now.ifPresent(l -> l.connection().abort(CLOSE_TIMEOUT_MS));
      }
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Waits between 0.75 and 1.25 of the interval, so that clients of one broker spread. */
  private void pause() {
    double spread = 0.75 + ThreadLocalRandom.current().nextDouble() / 2;
    try {
      Thread.sleep((long) (options.recoveryInterval().toMillis() * spread));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The client hides the broker's words in the cause. */
  private static String describe(Exception e) {
    Throwable deepest = e;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    String message = deepest.getMessage();
    return message == null ? deepest.getClass().getSimpleName() : message;
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
