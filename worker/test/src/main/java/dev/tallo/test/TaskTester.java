package dev.tallo.test;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/**
 * Runs the application's tasks in a test; to be injected into it.
 *
 * <pre>{@code
 * TaskRun run = tasks.task("reports.generate").args("acme").header("tenant", "t1").run();
 *
 * assertThat(run.as(Report.class).customer()).isEqualTo("acme");
 * }</pre>
 *
 * <p>The worker's own code runs them: arguments go through JSON as in a message, interceptors and a
 * request context apply, a result may be too large. In this process no broker is needed, and {@link
 * TaskCall#send} goes by way of a {@link PrivateBroker}.
 */
@Singleton
public class TaskTester {
  private final LocalRuns here;
  private final BrokerRuns broker;
  private final ObjectMapper mapper;

  TaskTester(LocalRuns here, BrokerRuns broker, ObjectMapper mapper) {
    this.here = here;
    this.broker = broker;
    this.mapper = mapper;
  }

  /** Starts to describe a call of this task. */
  public TaskCall task(String name) {
    return new TaskCall(name, here, broker, mapper);
  }

  /** Runs a task with these arguments in this process; see {@link TaskCall#run}. */
  public TaskRun run(String name, @Nullable Object... args) {
    return task(name).args(args).run();
  }
}
