package dev.tallo.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Celery with a prefork worker of two processes and a prefetch multiplier of 100. The program in
 * {@code benchmarks/celery} sends the tasks and waits for their end.
 */
final class Celery implements Contender {

  /** What becomes of the results: gathered over {@code rpc://}, or not sent at all. */
  enum Results {
    GATHERED("results", "Celery, rpc:// results"),
    IGNORED("ignored", "Celery, results ignored");

    private final String argument;
    private final String label;

    Results(String argument, String label) {
      this.argument = argument;
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  private static final Duration DEADLINE = Duration.ofMinutes(10);

  private final Results results;
  private final int tasks;
  private final String python;
  private final Path folder;
  private final Map<String, String> environment;
  private final Path log;
  private @Nullable Process worker;

  Celery(Results results, int tasks, String python, Path folder, String broker, Path log) {
    this.results = results;
    this.tasks = tasks;
    this.python = python;
    this.folder = folder;
    this.environment = Map.of("AMQP_URL", broker);
    this.log = log;
  }

  @Override
  public String name() {
    return results.label;
  }

  @Override
  public void prepare() {
    worker =
        Command.start(
            List.of(
                python,
                "-m",
                "celery",
                "-A",
                "tasks",
                "worker",
                "--pool",
                "prefork",
                "--concurrency",
                "2",
                "--loglevel",
                "WARNING"),
            folder,
            environment,
            log);
  }

  @Override
  public double measure() {
    String seconds =
        Command.run(
            List.of(python, "load.py", results.argument, Integer.toString(tasks)),
            folder,
            environment,
            log,
            DEADLINE);
    return tasks / Double.parseDouble(seconds.strip());
  }

  @Override
  public void close() {
    if (worker != null) {
      Command.end(worker);
    }
  }
}
