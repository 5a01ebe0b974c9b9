package dev.tallo.scheduler.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tallo.scheduler.configuration.SchedulerConfiguration;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfiguredSchedulesTest {
  @Test
  void reads_what_is_configured_by_name() {
    Map<String, String> jobs = new HashMap<>();
    jobs.put("nightly.cron", "0 3 * * *");
    jobs.put("nightly.time-zone", "Europe/Berlin");
    jobs.put("nightly.task", "reports.generate");
    jobs.put("nightly.args", "[\"daily\", 2]");
    jobs.put("nightly.kwargs", "{\"format\": \"pdf\"}");
    jobs.put("nightly.queue", "reports");
    jobs.put("nightly.priority", "7");
    jobs.put("nightly.expires", "1h");
    jobs.put("nightly.jitter", "90s");
    jobs.put("nightly.misfire", "all");
    jobs.put("nightly.overlap", "skip");
    jobs.put("beat.every", "30s");
    jobs.put("beat.anchor", "2026-01-01T00:00:05Z");
    jobs.put("beat.task", "health.ping");
    jobs.put("lights.solar.event", "sunset");
    jobs.put("lights.solar.latitude", "51.5");
    jobs.put("lights.solar.longitude", "-0.1");
    jobs.put("lights.task", "lights.on");
    jobs.put("off.at", "2020-01-01T00:00:00Z");
    jobs.put("off.task", "never.run");
    jobs.put("off.enabled", "false");
    ConfiguredSchedules read = read(jobs);
    assertThat(read.schedules())
        .extracting(one -> one.definition().name())
        .containsExactly("beat", "lights", "nightly", "off");
    assertThat(read.schedules())
        .extracting(ConfiguredSchedules.Configured::enabled)
        .containsExactly(true, true, true, false);
    assertThat(DefinitionJson.text(DefinitionJson.of(read.schedules().get(2).definition())))
        .isEqualTo(
            "{\"name\":\"nightly\",\"task\":\"reports.generate\",\"args\":[\"daily\",2],"
                + "\"kwargs\":{\"format\":\"pdf\"},\"queue\":\"reports\",\"priority\":7,"
                + "\"expires\":3600,\"cron\":\"0 3 * * *\",\"time_zone\":\"Europe/Berlin\","
                + "\"jitter\":90,\"misfire\":\"all\",\"overlap\":\"skip\"}");
    assertThat(DefinitionJson.of(read.schedules().get(0).definition()).path("anchor").asText())
        .isEqualTo("2026-01-01T00:00:05Z");
  }

  @Test
  void there_are_none_without_configuration() {
    assertThat(read(Map.of()).schedules()).isEmpty();
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
    wrong.put("h.task", "t");
    wrong.put("h.solar.event", "moonrise");
    wrong.put("h.solar.latitude", "95");
    wrong.put("h.solar.longitude", "0");
    assertThatThrownBy(() -> read(wrong))
        .hasMessageContaining("tallo.scheduler.jobs.a.task: must be 1 to 200")
        .hasMessageContaining("tallo.scheduler.jobs.a.cron: must be a cron expression")
        .hasMessageContaining("tallo.scheduler.jobs.a.args: must be a JSON array")
        .hasMessageContaining("tallo.scheduler.jobs.a.kwargs: must be JSON")
        .hasMessageContaining("tallo.scheduler.jobs.a.queue: must not begin with tallo.")
        .hasMessageContaining("tallo.scheduler.jobs.b.every: must be a number from 1")
        .hasMessageContaining("tallo.scheduler.jobs.b.args: must be JSON")
        .hasMessageContaining("tallo.scheduler.jobs.b.kwargs: must be a JSON object")
        .hasMessageContaining("tallo.scheduler.jobs.b.queue: must be 1 to 190")
        .hasMessageContaining("tallo.scheduler.jobs.c: it is never due")
        .hasMessageContaining("tallo.scheduler.jobs.d.every: must not be given beside cron")
        .hasMessageContaining("tallo.scheduler.jobs.e.cron: is required")
        .hasMessageContaining("tallo.scheduler.jobs.f.time-zone: must be a time zone")
        .hasMessageContaining("tallo.scheduler.jobs.g.time-zone: belongs to cron")
        .hasMessageContaining("tallo.scheduler.jobs.h.solar.event: must be one of")
        .hasMessageContaining("tallo.scheduler.jobs.h.solar.latitude: must be a number from -90");
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

  private static ConfiguredSchedules read(Map<String, String> jobs) {
    Map<String, String> properties = new HashMap<>();
    jobs.forEach((name, value) -> properties.put("tallo.scheduler.jobs." + name, value));
    return new ConfiguredSchedules(
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(SchedulerConfiguration.class)
            .withSources(new PropertiesConfigSource(properties, "test", 100))
            .build()
            .getConfigMapping(SchedulerConfiguration.class));
  }
}
