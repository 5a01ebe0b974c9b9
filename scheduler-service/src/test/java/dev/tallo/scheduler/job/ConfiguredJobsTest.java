package dev.tallo.scheduler.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tallo.scheduler.configuration.SchedulerConfiguration;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfiguredJobsTest {
  @Test
  void reads_what_is_enabled_by_name() {
    Map<String, String> jobs = new HashMap<>();
    jobs.put("nightly.cron", "0 3 * * *");
    jobs.put("nightly.time-zone", "Europe/Berlin");
    jobs.put("nightly.task", "reports.generate");
    jobs.put("nightly.args", "[\"daily\", 2]");
    jobs.put("nightly.kwargs", "{\"format\": \"pdf\"}");
    jobs.put("nightly.queue", "reports");
    jobs.put("beat.every", "30s");
    jobs.put("beat.task", "health.ping");
    jobs.put("off.every", "1h");
    jobs.put("off.task", "never.run");
    jobs.put("off.enabled", "false");
    ConfiguredJobs read = read(jobs);
    assertThat(read.jobs()).extracting(Job::name).containsExactly("beat", "nightly");
    Job nightly = read.jobs().get(1);
    assertThat(nightly.task()).isEqualTo("reports.generate");
    assertThat(nightly.args()).hasToString("[\"daily\",2]");
    assertThat(nightly.kwargs()).hasToString("{\"format\":\"pdf\"}");
    assertThat(nightly.queue()).contains("reports");
    assertThat(nightly.schedule()).hasToString("cron 0 3 * * * in Europe/Berlin");
  }

  @Test
  void there_are_no_jobs_without_configuration() {
    assertThat(read(Map.of()).jobs()).isEmpty();
  }

  @Test
  void names_every_property_that_is_wrong() {
    Map<String, String> wrong = new HashMap<>();
    wrong.put("a.task", "no spaces");
    wrong.put("a.cron", "61 * * * *");
    wrong.put("a.args", "{}");
    wrong.put("a.kwargs", "{\"x\": ");
    wrong.put("a.queue", "tallo.results");
    wrong.put("b.task", "t");
    wrong.put("b.every", "500ms");
    wrong.put("b.args", "[1] [2]");
    wrong.put("b.kwargs", "[]");
    wrong.put("b.queue", "a/b");
    wrong.put("c.task", "t");
    wrong.put("c.cron", "0 0 30 2 *");
    wrong.put("d.task", "t");
    wrong.put("d.cron", "* * * * *");
    wrong.put("d.every", "1s");
    wrong.put("e.task", "t");
    wrong.put("f.task", "t");
    wrong.put("f.cron", "* * * * *");
    wrong.put("f.time-zone", "Mars/Olympus");
    wrong.put("f.enabled", "false");
    wrong.put("g.task", "t");
    wrong.put("g.every", "1m");
    wrong.put("g.time-zone", "UTC");
    assertThatThrownBy(() -> read(wrong))
        .hasMessageContaining("tallo.scheduler.jobs.a.task: a task name is")
        .hasMessageContaining("tallo.scheduler.jobs.a.cron: ")
        .hasMessageContaining("tallo.scheduler.jobs.a.args: a JSON array is needed")
        .hasMessageContaining("tallo.scheduler.jobs.a.kwargs: ")
        .hasMessageContaining("tallo.scheduler.jobs.a.queue: queue names that begin with 'tallo.'")
        .hasMessageContaining("tallo.scheduler.jobs.b.every: whole seconds, 1 s or more")
        .hasMessageContaining("tallo.scheduler.jobs.b.args: ")
        .hasMessageContaining("tallo.scheduler.jobs.b.kwargs: a JSON object is needed")
        .hasMessageContaining("tallo.scheduler.jobs.b.queue: a queue name is")
        .hasMessageContaining("tallo.scheduler.jobs.c.cron: '0 0 30 2 *' is never due")
        .hasMessageContaining("tallo.scheduler.jobs.d: exactly one of cron and every")
        .hasMessageContaining("tallo.scheduler.jobs.e: exactly one of cron and every")
        .hasMessageContaining("tallo.scheduler.jobs.f.time-zone: 'Mars/Olympus' is no zone")
        .hasMessageContaining("tallo.scheduler.jobs.g.time-zone: belongs to cron");
  }

  @Test
  void refuses_a_property_that_does_not_exist() {
    assertThatThrownBy(() -> read(Map.of("a.task", "t", "a.every", "1s", "a.crom", "x")))
        .hasMessageContaining("tallo.scheduler.jobs.a.crom");
  }

  @Test
  void refuses_a_period_that_is_none() {
    assertThatThrownBy(() -> read(Map.of("a.task", "t", "a.every", "often")))
        .hasMessageContaining("tallo.scheduler.jobs.a.every");
  }

  @Test
  void refuses_a_job_without_a_task() {
    assertThatThrownBy(() -> read(Map.of("a.every", "1s")))
        .hasMessageContaining("tallo.scheduler.jobs.a.task");
  }

  private static ConfiguredJobs read(Map<String, String> jobs) {
    Map<String, String> properties = new HashMap<>();
    jobs.forEach((name, value) -> properties.put("tallo.scheduler.jobs." + name, value));
    return new ConfiguredJobs(
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(SchedulerConfiguration.class)
            .withSources(new PropertiesConfigSource(properties, "test", 100))
            .build()
            .getConfigMapping(SchedulerConfiguration.class),
        Clock.systemUTC());
  }
}
