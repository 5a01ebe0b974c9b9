package dev.tallo.worker.limit;

import dev.tallo.messaging.control.ControlCommand.LimitTask;
import dev.tallo.messaging.protocol.Rate;
import dev.tallo.worker.control.WorkerControl;
import dev.tallo.worker.rule.TaskRule;
import dev.tallo.worker.rule.TaskRules;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongConsumer;

/**
 * Lets the attempts at a task start as its limits allow: those of the control stream, else those of
 * its rule. What may not start goes back to the broker, so that no other task waits behind it.
 */
@Singleton
public class TaskLimiter {
  private final TaskRules rules;
  private final WorkerControl control;
  private final ConcurrentMap<String, Allowance> allowances = new ConcurrentHashMap<>();

  TaskLimiter(TaskRules rules, WorkerControl control) {
    this.rules = rules;
    this.control = control;
  }

  /** Whether an attempt may start. */
  public sealed interface Permit {
    /**
     * It may.
     *
     * @param ended to be called once with the nanoseconds that it took
     */
    record Granted(LongConsumer ended) implements Permit {}

    /**
     * Not before this time is over, and perhaps not even then.
     *
     * @param reason {@code concurrency} or {@code rate}
     */
    record Later(Duration pause, String reason) implements Permit {}
  }

  private static final Permit UNLIMITED = new Permit.Granted(nanos -> {});

  /** Asks for a task that this application has. */
  public Permit ask(String task) {
    TaskRule rule = rules.of(task);
    Optional<LimitTask> command = control.state().limit(task);
    OptionalInt concurrency =
        command
            .map(LimitTask::concurrency)
            .filter(OptionalInt::isPresent)
            .orElse(rule.concurrency());
    Optional<Rate> rate = command.flatMap(LimitTask::rate).or(rule::rate);
    if (concurrency.isEmpty() && rate.isEmpty()) {
      return UNLIMITED;
    }
    Allowance allowance =
        allowances.computeIfAbsent(task, name -> new Allowance(System.nanoTime()));
    return allowance
        .take(concurrency, rate, System.nanoTime())
        .<Permit>map(
            wait -> new Permit.Later(wait.time(), wait.reason().name().toLowerCase(Locale.ROOT)))
        .orElseGet(() -> new Permit.Granted(allowance::ended));
  }
}
