package dev.tallo.producer.watch;

import dev.tallo.producer.HttpConfig;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * The streams of changes that are open, to drop those whose reader has stopped reading: what it was
 * told last has not left for a while.
 */
@Singleton
public class Streams {
  private static final Logger LOG = Logger.getLogger(Streams.class);

  private final int most;
  private final long patience;
  private final Set<Stream> open = ConcurrentHashMap.newKeySet();

  Streams(HttpConfig config, MeterRegistry registry) {
    most = config.maxWaiters();
    patience = config.maxStall().toNanos();
    Gauge.builder("tallo.streams", open, Set::size)
        .description("Streams of the changes of a task that are open")
        .register(registry);
  }

  /** One reader. */
  final class Stream {
    private final Runnable drop;
    private volatile long toldAt; // 0 while nothing is on its way to the reader

    private Stream(Runnable drop) {
      this.drop = drop;
    }

    /** What was told has left, and more may be told. */
    void asked() {
      toldAt = 0;
    }

    void told() {
      toldAt = System.nanoTime() | 1;
    }

    void close() {
      open.remove(this);
    }

    private boolean stalls(long now) {
      long since = toldAt;
      return since != 0 && now - since > patience;
    }
  }

  /**
   * @param drop closes the reader's connection
   * @throws TooManyWaitersException when as many are open as may
   */
  Stream open(Runnable drop) {
    if (open.size() >= most) {
      throw new TooManyWaitersException(most);
    }
    Stream stream = new Stream(drop);
    open.add(stream);
    return stream;
  }

  /** Drops the readers that have stopped reading. */
  void dropStalled() {
    long now = System.nanoTime();
    for (Stream stream : open) {
      if (stream.stalls(now)) {
        LOG.infof(
            "a reader of a task's events has not read for %s and is dropped",
            Duration.ofNanos(patience));
        stream.close();
        stream.drop.run();
      }
    }
  }
}
