package dev.tallo.systemtests;

import com.github.f4b6a3.uuid.UuidCreator;
import dev.tallo.testpostgres.TestPostgres;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Two schedulers, one of them killed at a time: every nominal time of an every-second job has its
 * task, and the task has run. Their store, where they have one, is a PostgreSQL.
 */
final class SchedulerKilled implements Scenario {
  private static final String JOB = "every-second";

  /** Of the ids of firings, as the scheduler's manual tells: name-based, of job@nominal time. */
  private static final UUID NAMESPACE = UUID.fromString("6f0a2a0e-8f0b-4c58-9a53-6d1f1f6f7a11");

  /** Of 20 and 22. */
  private static final long RESULT = 42;

  private static final Duration NEXT_FIRINGS = Duration.ofSeconds(2);

  /** What a killed one had claimed is sent by the other so much later. */
  private static final Duration CLAIM = Duration.ofSeconds(5);

  private static final Duration TAKEN_OVER = Duration.ofSeconds(60);

  @Override
  public String name() {
    return "scheduler-killed";
  }

  @Override
  public String faults() {
    return "kill -9 of one of two schedulers with a job of every second";
  }

  @Override
  public void make(Trial trial) throws Exception {
    Map<String, String> properties =
        Map.of(
            "tallo.database.url",
            TestPostgres.shared().newDatabase() + TestPostgres.PATIENTLY,
            "tallo.scheduler.jobs." + JOB + ".every",
            "1s",
            "tallo.scheduler.jobs." + JOB + ".task",
            "chaos.add",
            "tallo.scheduler.jobs." + JOB + ".args",
            "[20,22,0]",
            // However late whoever takes over is on a busy machine, each has its task.
            "tallo.scheduler.jobs." + JOB + ".misfire",
            "all",
            "tallo.scheduler.claim",
            CLAIM.toString());
    try (Service one = trial.system().scheduler("scheduler-1", properties).start();
        Service two = trial.system().scheduler("scheduler-2", properties).start()) {
      List<Service> both = List.of(one, two);
      both.forEach(Service::ready);
      Waiting.hold(NEXT_FIRINGS);
      Instant first = Instant.now().truncatedTo(ChronoUnit.SECONDS);
      trial.rounds(
          1,
          round -> {
            Service killed = both.get(round % both.size());
            trial.fault("kill -9 " + killed.name());
            killed.kill();
            Waiting.hold(NEXT_FIRINGS);
            killed.start().ready();
            Waiting.hold(NEXT_FIRINGS);
          });
      Instant last = Instant.now().truncatedTo(ChronoUnit.SECONDS);
      List<String> expected = new ArrayList<>();
      for (Instant nominal = first; !nominal.isAfter(last); nominal = nominal.plusSeconds(1)) {
        expected.add(UuidCreator.getNameBasedSha1(NAMESPACE, JOB + "@" + nominal).toString());
      }
      expected.forEach(id -> trial.ledger().accepted(id, RESULT));
      // Those that are never sent are found by the count, as unknown.
      for (String id : expected) {
        Waiting.untilOrEnough(TAKEN_OVER, () -> trial.api().knows(id));
      }
      trial.recovered();
    }
  }
}
