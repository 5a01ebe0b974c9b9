package dev.tallo.scheduler.firing;

import dev.tallo.scheduler.job.ConfiguredJobs;
import dev.tallo.scheduler.job.Job;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;

/** What is counted of firings. All meters of a job are there from the start, at zero. */
@Singleton
public class FiringMetrics {
  private final MeterRegistry registry;

  @Inject
  public FiringMetrics(MeterRegistry registry, ConfiguredJobs configured) {
    this(registry, configured.jobs());
  }

  FiringMetrics(MeterRegistry registry, List<Job> jobs) {
    this.registry = registry;
    jobs.forEach(
        job -> {
          lateness(job.name());
          count(job.name(), "sent");
          count(job.name(), "missed");
          count(job.name(), "failed");
        });
  }

  void fired(Firing firing, Duration late) {
    count(firing.job().name(), "sent").increment();
    lateness(firing.job().name()).record(late);
  }

  void missed(Firing firing) {
    count(firing.job().name(), "missed").increment();
  }

  void failed(Firing firing) {
    count(firing.job().name(), "failed").increment();
  }

  private Counter count(String job, String outcome) {
    return Counter.builder("tallo.scheduler.firings")
        .description("Firings: sent and confirmed, missed, or failed for another reason")
        .tag("job", job)
        .tag("outcome", outcome)
        .register(registry);
  }

  private Timer lateness(String job) {
    return Timer.builder("tallo.scheduler.lateness")
        .description("From the nominal time of a firing to the broker's confirm")
        .tag("job", job)
        .register(registry);
  }
}
