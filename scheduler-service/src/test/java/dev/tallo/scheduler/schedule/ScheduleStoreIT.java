package dev.tallo.scheduler.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallo.scheduler.TestStores;
import dev.tallo.scheduler.configuration.SchedulerConfiguration;
import dev.tallo.scheduler.schedule.ConfiguredSchedules.Configured;
import dev.tallo.scheduler.store.Database;
import dev.tallo.scheduler.store.StoreClock;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScheduleStoreIT {
  private static final int REPLICAS = 4;
  private static final int CHANGES = 15;

  @TempDir private Path folder;

  /** As when a new release is rolled out to all of them at once. */
  @Test
  void replicas_that_start_together_with_a_changed_configuration_all_start() throws Exception {
    List<ScheduleStore> replicas = IntStream.range(0, REPLICAS).mapToObj(i -> replica()).toList();
    CyclicBarrier together = new CyclicBarrier(REPLICAS);
    try (ExecutorService threads = Executors.newFixedThreadPool(REPLICAS)) {
      for (int change = 1; change <= CHANGES; change++) {
        List<Configured> wanted = configured(change);
        List<Future<Object>> started =
            replicas.stream()
                .map(
                    replica ->
                        threads.submit(
                            () -> {
                              together.await(60, TimeUnit.SECONDS);
                              replica.synchronize(wanted);
                              return null;
                            }))
                .toList();
        for (Future<Object> one : started) {
          one.get(60, TimeUnit.SECONDS);
        }
        for (Configured one : wanted) {
          assertThat(replicas.getFirst().get(one.definition().name()).definition())
              .isEqualTo(one.definition());
        }
      }
    }
  }

  private ScheduleStore replica() {
    StoreClock clock = new StoreClock(Instant.now());
    Database database = new Database(TestStores.of(folder), clock);
    database.open();
    return new ScheduleStore(database, clock);
  }

  private static List<Configured> configured(int every) {
    Map<String, String> jobs = new HashMap<>();
    for (int job = 0; job < 5; job++) {
      jobs.put("tallo.scheduler.jobs.j%d.every".formatted(job), every + "m");
      jobs.put("tallo.scheduler.jobs.j%d.task".formatted(job), "reports.generate");
    }
    SchedulerConfiguration configuration =
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(SchedulerConfiguration.class)
            .withSources(new PropertiesConfigSource(jobs, "test", 100))
            .build()
            .getConfigMapping(SchedulerConfiguration.class);
    return new ConfiguredSchedules(configuration).schedules();
  }
}
