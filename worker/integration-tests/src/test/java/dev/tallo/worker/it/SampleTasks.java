package dev.tallo.worker.it;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.worker.Arg;
import dev.tallo.worker.Task;
import dev.tallo.worker.TaskContext;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.RequestScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.context.ManagedExecutor;
import org.jboss.logging.MDC;
import org.jspecify.annotations.Nullable;

/** One task for each thing that a task can do. No scope is given: it becomes a singleton. */
class SampleTasks {
  static final Map<String, AtomicInteger> RUNS = new ConcurrentHashMap<>();
  static final Map<String, CountDownLatch> GATES = new ConcurrentHashMap<>();

  enum Size {
    SMALL,
    LARGE
  }

  record Item(String name, int count, Optional<String> note) {}

  record Order(
      UUID id, LocalDate day, Size size, List<Item> items, Map<String, BigDecimal> prices) {}

  private final RequestState state;
  private final Asking asking;
  private final Clock clock;

  SampleTasks(RequestState state, Asking asking, Clock clock) {
    this.state = state;
    this.asking = asking;
    this.clock = clock;
  }

  @Task("sample.value")
  int value(int x, int y) {
    return x + y;
  }

  @Task("sample.void")
  void nothing() {}

  /** Whether code that looks for classes through its thread finds this application's. */
  @Task("sample.class-loader")
  boolean findsItsClasses() throws ClassNotFoundException {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    return Class.forName(SampleTasks.class.getName(), false, loader) == SampleTasks.class;
  }

  @Task("sample.uni")
  Uni<String> uni(String text) {
    return Uni.createFrom().item(text).onItem().delayIt().by(Duration.ofMillis(20));
  }

  @Task("sample.stage")
  CompletionStage<Long> stage(long x) {
    return CompletableFuture.supplyAsync(() -> x * 2);
  }

  @Task("sample.failed-uni")
  Uni<String> failedUni() {
    return Uni.createFrom().failure(new IllegalStateException("no luck"));
  }

  @Task("sample.failed-stage")
  CompletionStage<String> failedStage() {
    return CompletableFuture.supplyAsync(
        () -> {
          throw new IllegalStateException("no luck either");
        });
  }

  @Task("sample.order")
  Order order(Order order) {
    return order;
  }

  @Task("sample.defaults")
  String defaults(String a, Optional<Integer> b, @Nullable String c, @Arg("dee") List<String> d) {
    return a + b + c + d;
  }

  @Task("sample.tree")
  JsonNode tree(JsonNode node) {
    return node;
  }

  @Task("sample.context")
  Map<String, Object> context(TaskContext context, int x) {
    return Map.of(
        "id", context.id(),
        "name", context.name(),
        "attempt", context.attempt(),
        "queue", context.queue(),
        "tenant", String.valueOf(context.headers().get("tenant")),
        "deadline", context.deadline().map(Instant::toString).orElse("none"),
        "logged", MDC.get("taskId") + " " + MDC.get("taskName"),
        "virtual", Thread.currentThread().isVirtual(),
        "x", x);
  }

  /** Counts to this number. */
  @Task("sample.counts")
  int counts(int to, TaskContext context) {
    for (int i = 0; i <= to; i++) {
      context.progress(i, to, "step " + i);
    }
    return to;
  }

  @Task("sample.miscounts")
  void miscounts(double done, double total, TaskContext context) {
    context.progress(done, total);
  }

  @Task("sample.fails")
  void fails() {
    throw new Refused("card expired");
  }

  @Task("sample.large")
  String large(int characters) {
    return "x".repeat(characters);
  }

  record Loop(List<Loop> loops) {}

  @Task("sample.loop")
  Loop loop() {
    List<Loop> loops = new java.util.ArrayList<>();
    Loop loop = new Loop(loops);
    loops.add(loop);
    return loop;
  }

  @Task("sample.request-scope")
  int requestScope() {
    return state.next();
  }

  @Logged
  @Task("sample.intercepted")
  String intercepted(String text) {
    return text;
  }

  @Task("sample.time")
  Instant time() {
    return clock.instant();
  }

  @Guarded
  @Task("sample.guarded")
  void guarded() {}

  @Task("sample.injected")
  String injected() {
    return asking.id();
  }

  @Task("sample.injected-uni")
  Uni<String> injectedUni() {
    return Uni.createFrom()
        .nullItem()
        .onItem()
        .delayIt()
        .by(Duration.ofMillis(20))
        .map(nothing -> asking.id());
  }

  @Task("sample.injected-stage")
  CompletionStage<String> injectedStage() {
    return asking.idLater();
  }

  /** Waits until the test opens its gate. */
  @Task("sample.gated")
  int gated(String gate) throws InterruptedException {
    int run = RUNS.computeIfAbsent(gate, name -> new AtomicInteger()).incrementAndGet();
    if (!GATES.computeIfAbsent(gate, name -> new CountDownLatch(1)).await(2, TimeUnit.MINUTES)) {
      throw new IllegalStateException("the test never opened gate " + gate);
    }
    return run;
  }

  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  /** One for all tasks, and yet it knows which one asks. */
  @ApplicationScoped
  static class Asking {
    private final TaskContext context;
    private final ManagedExecutor executor;

    Asking(TaskContext context, ManagedExecutor executor) {
      this.context = context;
      this.executor = executor;
    }

    String id() {
      return context.id();
    }

    CompletionStage<String> idLater() {
      return executor.supplyAsync(context::id);
    }
  }

  /** The application's, by which the worker does not go. */
  @Produces
  @Singleton
  static Clock clock() {
    return Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  }

  /** New for each run. */
  @RequestScoped
  static class RequestState {
    private int count;

    int next() {
      return ++count;
    }
  }
}
