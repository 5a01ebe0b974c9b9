package dev.tallo.worker.it;

import dev.tallo.worker.Retry;
import dev.tallo.worker.RetryAfter;
import dev.tallo.worker.Task;
import dev.tallo.worker.TaskContext;
import io.smallrye.mutiny.Uni;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Tasks that fail, take their time, or do not let themselves be stopped. */
class StubbornTasks {
  /** When the attempts at a task began, by its id. */
  static final Map<String, List<Instant>> ATTEMPTS = new ConcurrentHashMap<>();

  /** What ended a task's sleep, by its id. */
  static final Map<String, String> CLEANED_UP = new ConcurrentHashMap<>();

  /** Opened by a test to let the deaf tasks end. */
  static final CountDownLatch AWAKE = new CountDownLatch(1);

  static final AtomicInteger AT_ONCE = new AtomicInteger();
  static final AtomicInteger MOST_AT_ONCE = new AtomicInteger();

  private static void begin(TaskContext context) {
    ATTEMPTS.computeIfAbsent(context.id(), id -> new CopyOnWriteArrayList<>()).add(Instant.now());
  }

  static int attempts(String id) {
    return ATTEMPTS.getOrDefault(id, List.of()).size();
  }

  /** Fails until this attempt. */
  @Task(value = "stubborn.until", retry = @Retry(max = 5, backOff = "20ms"))
  int until(int attempt, TaskContext context) throws IOException {
    begin(context);
    if (context.attempt() < attempt) {
      throw new IOException("attempt " + context.attempt());
    }
    return context.attempt();
  }

  @Task(
      value = "stubborn.choosy",
      retry =
          @Retry(
              max = 3,
              backOff = "20ms",
              on = IOException.class,
              giveUpOn = FileNotFoundException.class))
  void choosy(String what, TaskContext context) throws IOException {
    begin(context);
    switch (what) {
      case "io" -> throw new IOException("again");
      case "missing" -> throw new FileNotFoundException("never");
      case "error" -> throw new AssertionError("an error");
      default -> throw new IllegalStateException("no IOException");
    }
  }

  @Task(value = "stubborn.asks", retry = @Retry(max = 1))
  String asks(int millis, TaskContext context) {
    begin(context);
    if (context.attempt() == 1) {
      throw new RetryAfter(Duration.ofMillis(millis), new IOException("busy until then"));
    }
    return "done";
  }

  @Task(value = "stubborn.configured", retry = @Retry(max = 5))
  void configured(TaskContext context) {
    begin(context);
    throw new IllegalArgumentException("whatever");
  }

  /** Sleeps until it is interrupted, and notes that it cleaned up. */
  @Task("stubborn.sleeps")
  String sleeps(double seconds, TaskContext context) throws InterruptedException {
    begin(context);
    try {
      Thread.sleep(Duration.ofMillis((long) (seconds * 1000)));
      return "slept";
    } finally {
      CLEANED_UP.put(context.id(), Thread.currentThread().isInterrupted() ? "flag" : "exception");
    }
  }

  /** Fails at once, then sleeps. */
  @Task(value = "stubborn.fails-then-sleeps", retry = @Retry(max = 1, backOff = "1ms"))
  void failsThenSleeps(TaskContext context) throws Exception {
    begin(context);
    if (context.attempt() == 1) {
      throw new IOException("the first time");
    }
    Thread.sleep(Duration.ofMinutes(1));
  }

  /** Makes the best of an interruption. */
  @Task("stubborn.resigns")
  String resigns(double seconds, TaskContext context) {
    begin(context);
    try {
      Thread.sleep(Duration.ofMillis((long) (seconds * 1000)));
      return "all of it";
    } catch (InterruptedException e) {
      return "half of it";
    }
  }

  @Task("stubborn.promises")
  Uni<String> promises(double seconds, TaskContext context) {
    begin(context);
    return Uni.createFrom()
        .item("kept")
        .onItem()
        .delayIt()
        .by(Duration.ofMillis((long) (seconds * 1000)))
        .onCancellation()
        .invoke(() -> CLEANED_UP.put(context.id(), "cancelled"));
  }

  /** Ignores every interruption. */
  @Task(value = "stubborn.deaf", timeLimit = "200ms")
  void deaf(TaskContext context) {
    begin(context);
    boolean awake = false;
    while (!awake) {
      try {
        awake = AWAKE.await(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        // It hears nothing.
      }
    }
  }

  @Task(value = "stubborn.two-at-once", concurrency = 2)
  void twoAtOnce(int millis) throws InterruptedException {
    MOST_AT_ONCE.accumulateAndGet(AT_ONCE.incrementAndGet(), Math::max);
    try {
      Thread.sleep(millis);
    } finally {
      AT_ONCE.decrementAndGet();
    }
  }

  @Task(value = "stubborn.rated", rate = "5/s")
  void rated(TaskContext context) {
    begin(context);
  }

  @Task("stubborn.commanded")
  void commanded(TaskContext context) {
    begin(context);
  }
}
