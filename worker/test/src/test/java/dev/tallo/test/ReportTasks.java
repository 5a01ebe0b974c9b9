package dev.tallo.test;

import dev.tallo.worker.Arg;
import dev.tallo.worker.Task;
import dev.tallo.worker.TaskContext;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.RequestScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** The application under test, with a clock of its own. */
class ReportTasks {
  static final Instant LONG_AGO = Instant.parse("2000-01-01T00:00:00Z");

  record Report(String customer, LocalDate from, Optional<Integer> pages, Instant written) {}

  /** That a task was interrupted. */
  static final CountDownLatch INTERRUPTED = new CountDownLatch(1);

  private final Clock clock;
  private final Runs runs;

  ReportTasks(Clock clock, Runs runs) {
    this.clock = clock;
    this.runs = runs;
  }

  @Task("reports.generate")
  Report generate(
      String customer,
      @Arg("from_day") LocalDate from,
      Optional<Integer> pages,
      TaskContext context) {
    for (int page = 1; page <= pages.orElse(0); page++) {
      context.progress(page, pages.get(), "page " + page);
    }
    return new Report(customer, from, pages, clock.instant());
  }

  @Task("reports.list")
  Uni<List<Report>> list(int count) {
    Report report = new Report("acme", LocalDate.EPOCH, Optional.empty(), clock.instant());
    return Uni.createFrom()
        .item(java.util.Collections.nCopies(count, report))
        .onItem()
        .delayIt()
        .by(Duration.ofMillis(10));
  }

  @Task("reports.run")
  Map<String, @Nullable Object> run(TaskContext context) {
    return Map.of(
        "id", context.id(),
        "attempt", context.attempt(),
        "queue", context.queue(),
        "tenant", String.valueOf(context.headers().get("tenant")),
        "redelivered", context.redelivered(),
        "deadline", context.deadline().map(Instant::toString).orElse("none"),
        "virtual", Thread.currentThread().isVirtual());
  }

  @Shouted
  @Task("reports.greet")
  String greet(String name) {
    return name + runs.next();
  }

  @Task("reports.fail")
  void fail(String why) {
    throw new IllegalStateException(why);
  }

  @Task("reports.large")
  String large(int characters) {
    return "x".repeat(characters);
  }

  @Task("reports.endless")
  void endless() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      INTERRUPTED.countDown();
    }
  }

  /** New for each run. */
  @RequestScoped
  static class Runs {
    private int count;

    int next() {
      return ++count;
    }
  }

  /** Not the worker's. */
  @Singleton
  static class OwnClock {
    @Produces
    @Singleton
    Clock clock() {
      return Clock.fixed(LONG_AGO, ZoneOffset.UTC);
    }
  }
}
