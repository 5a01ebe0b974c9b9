package dev.tallo.scheduler.schedule;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.problem.JsonFields;
import dev.tallo.scheduler.configuration.SchedulerConfiguration;
import dev.tallo.scheduler.configuration.SchedulerConfiguration.JobConfiguration;
import dev.tallo.scheduler.configuration.SchedulerConfiguration.SolarConfiguration;
import dev.tallo.scheduler.timing.Timing;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The schedules that configuration names, checked: a service with a wrong property does not start.
 */
@Singleton
public class ConfiguredSchedules {
  private static final ObjectReader JSON =
      CeleryJson.MAPPER.reader(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /**
   * One of them.
   *
   * @param enabled a disabled one is checked as well, since it may be enabled any time
   */
  public record Configured(Definition definition, boolean enabled) {}

  private final List<Configured> schedules;

  /**
   * @throws ConfigurationException that names each property that is wrong, and what would be right
   */
  public ConfiguredSchedules(SchedulerConfiguration configuration) {
    List<String> problems = new ArrayList<>();
    List<Configured> read = new ArrayList<>();
    new TreeMap<>(configuration.jobs())
        .forEach(
            (name, job) ->
                read(name, job, problems)
                    .ifPresent(definition -> read.add(new Configured(definition, job.enabled()))));
    if (!problems.isEmpty()) {
      throw new ConfigurationException(
          problems.stream()
              .collect(Collectors.joining("\n  ", "the configuration is wrong:\n  ", "")));
    }
    schedules = List.copyOf(read);
  }

  /** By name. */
  public List<Configured> schedules() {
    return schedules;
  }

  private static Optional<Definition> read(
      String name, JobConfiguration job, List<String> problems) {
    int before = problems.size();
    String prefix = "tallo.scheduler.jobs." + name;
    JsonFields fields = JsonFields.of(json(job, prefix, problems), DefinitionReader.FIELDS);
    Definition definition = DefinitionReader.written(fields, Optional.of(name));
    fields
        .errors()
        .forEach(
            error ->
                problems.add(
                    (error.field().equals("name")
                            ? prefix
                            : prefix + "." + error.field().replace('_', '-'))
                        + ": "
                        + error.message()));
    if (problems.size() == before && neverDue(definition.timing())) {
      problems.add(prefix + ": it is never due");
    }
    return problems.size() == before ? Optional.of(definition) : Optional.empty();
  }

  /** Whatever the time is: configuration stays when its times have gone by. */
  private static boolean neverDue(Timing timing) {
    return timing.next(Instant.EPOCH).isEmpty() && timing.last(Instant.EPOCH).isEmpty();
  }

  private static ObjectNode json(JobConfiguration job, String prefix, List<String> problems) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("task", job.task());
    put(json, "cron", job.cron());
    put(json, "time_zone", job.timeZone());
    seconds(json, "every", job.every());
    put(json, "anchor", job.anchor());
    put(json, "at", job.at());
    job.solar().ifPresent(solar -> json.set("solar", json(solar)));
    parsed(json, "args", job.args(), prefix, problems);
    parsed(json, "kwargs", job.kwargs(), prefix, problems);
    put(json, "queue", job.queue());
    job.priority().ifPresent(priority -> json.put("priority", priority));
    seconds(json, "expires", job.expires());
    seconds(json, "jitter", job.jitter());
    put(json, "start", job.start());
    put(json, "end", job.end());
    put(json, "misfire", job.misfire());
    put(json, "overlap", job.overlap());
    return json;
  }

  private static JsonNode json(SolarConfiguration solar) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("event", solar.event())
        .put("latitude", solar.latitude())
        .put("longitude", solar.longitude());
  }

  private static void put(ObjectNode json, String field, Optional<String> text) {
    text.ifPresent(value -> json.put(field, value));
  }

  private static void seconds(ObjectNode json, String field, Optional<Duration> duration) {
    duration.ifPresent(value -> json.put(field, value.toMillis() / 1e3));
  }

  private static void parsed(
      ObjectNode json, String field, Optional<String> text, String prefix, List<String> problems) {
    if (text.isPresent()) {
      try {
        json.set(field, JSON.readTree(text.get()));
      } catch (JsonProcessingException e) {
        problems.add(prefix + "." + field + ": must be JSON: " + e.getOriginalMessage());
      }
    }
  }
}
