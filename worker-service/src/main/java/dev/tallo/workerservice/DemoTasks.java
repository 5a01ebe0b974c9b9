package dev.tallo.workerservice;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.worker.Retry;
import dev.tallo.worker.Task;
import java.time.Duration;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Tasks to try Tallo with: one that adds, one that answers, one that waits, one that fails. */
class DemoTasks {
  private static final Logger LOG = Logger.getLogger(DemoTasks.class);
  private static final double LONGEST_SLEEP_SECONDS = 3_600;

  /** The sum; beyond 64 bits it fails rather than wrap around. */
  @Task("demo.add")
  long add(long x, long y) {
    return Math.addExact(x, y);
  }

  /** Whatever JSON came. */
  @Task("demo.echo")
  JsonNode echo(JsonNode value) {
    return value;
  }

  /** Waits so many seconds, 0 to 3,600, and returns them. */
  @Task("demo.sleep")
  double sleep(double seconds) throws InterruptedException {
    if (!(seconds >= 0 && seconds <= LONGEST_SLEEP_SECONDS)) {
      throw new IllegalArgumentException("seconds must be 0 to 3600, not " + seconds);
    }
    LOG.debugf("sleeps %s s", seconds);
    Thread.sleep(Duration.ofNanos((long) (seconds * 1e9)));
    return seconds;
  }

  /**
   * Fails with the message, or with one of its own; at once and for good, unless the sender wants
   * it retried.
   */
  @Task(value = "demo.fail", retry = @Retry(max = 0))
  void fail(Optional<String> message) {
    throw new DemoFailure(message.orElse("demo.fail was asked to fail, and did"));
  }

  /** What {@code demo.fail} throws. */
  static final class DemoFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DemoFailure(String message) {
      super(message);
    }
  }
}
