package dev.tallo.scheduler.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.scheduler.configuration.SchedulerConfiguration;
import dev.tallo.scheduler.configuration.SchedulerConfiguration.JobConfiguration;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The jobs as configured, checked: a service with a wrong property does not start. */
@Singleton
public class ConfiguredJobs {
  private static final ObjectReader JSON =
      CeleryJson.MAPPER.reader(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final List<Job> jobs;

  /**
   * @throws ConfigurationException that names each property that is wrong, and what would be right
   */
  public ConfiguredJobs(SchedulerConfiguration configuration, Clock clock) {
    List<String> problems = new ArrayList<>();
    List<Job> read = new ArrayList<>();
    for (Map.Entry<String, JobConfiguration> job : new TreeMap<>(configuration.jobs()).entrySet()) {
      Reading reading = new Reading(job.getKey(), job.getValue(), clock, problems);
      reading.job().filter(valid -> job.getValue().enabled()).ifPresent(read::add);
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(
          problems.stream()
              .collect(Collectors.joining("\n  ", "the configuration is wrong:\n  ", "")));
    }
    jobs = List.copyOf(read);
  }

  /** Those that are enabled, by name. */
  public List<Job> jobs() {
    return jobs;
  }

  /** Reads one job; a disabled one is checked as well, since it may be enabled any time. */
  private static final class Reading {
    private final String name;
    private final String prefix;
    private final JobConfiguration configuration;
    private final Clock clock;
    private final List<String> problems;

    Reading(String name, JobConfiguration configuration, Clock clock, List<String> problems) {
      this.name = name;
      this.prefix = "tallo.scheduler.jobs." + name;
      this.configuration = configuration;
      this.clock = clock;
      this.problems = problems;
    }

    Optional<Job> job() {
      int before = problems.size();
      if (!Names.isTaskName(name)) {
        problems.add(prefix + ": a job's name is 1 to 200 of A-Z a-z 0-9 _ . : -");
      }
      if (!Names.isTaskName(configuration.task())) {
        wrong(
            "task",
            "a task name is 1 to 200 of A-Z a-z 0-9 _ . : -, not '" + configuration.task() + "'");
      }
      checkQueue();
      Optional<Schedule> schedule = schedule();
      ArrayNode args = JsonNodeFactory.instance.arrayNode();
      ObjectNode kwargs = JsonNodeFactory.instance.objectNode();
      if (json("args", configuration.args(), args) instanceof ArrayNode given) {
        args = given;
      } else {
        wrong("args", "a JSON array is needed, [\"a\", 1] for instance");
      }
      if (json("kwargs", configuration.kwargs(), kwargs) instanceof ObjectNode given) {
        kwargs = given;
      } else {
        wrong("kwargs", "a JSON object is needed, {\"name\": 1} for instance");
      }
      if (problems.size() > before || schedule.isEmpty()) {
        return Optional.empty();
      }
      return Optional.of(
          new Job(name, schedule.get(), configuration.task(), args, kwargs, configuration.queue()));
    }

    private void checkQueue() {
      configuration
          .queue()
          .ifPresent(
              queue -> {
                if (!Names.isQueueName(queue)) {
                  wrong(
                      "queue",
                      "a queue name is 1 to 190 of A-Z a-z 0-9 _ . : -, not '" + queue + "'");
                } else if (queue.startsWith(Topology.RESERVED_PREFIX)) {
                  wrong("queue", "queue names that begin with 'tallo.' are Tallo's own");
                }
              });
    }

    private Optional<Schedule> schedule() {
      if (configuration.cron().isPresent() == configuration.every().isPresent()) {
        problems.add(prefix + ": exactly one of cron and every is needed");
        return Optional.empty();
      }
      if (configuration.every().isPresent()) {
        if (configuration.timeZone().isPresent()) {
          wrong("time-zone", "belongs to cron; every counts from 1970 on, in UTC");
        }
        return checked("every", configuration.every().get(), IntervalSchedule::new);
      }
      return zone()
          .flatMap(zone -> checked("cron", configuration.cron().get(), text -> cron(text, zone)));
    }

    private Optional<ZoneId> zone() {
      if (configuration.timeZone().isEmpty()) {
        return Optional.of(ZoneId.of("UTC"));
      }
      String text = configuration.timeZone().get();
      try {
        return Optional.of(ZoneId.of(text));
      } catch (DateTimeException unknown) {
        wrong("time-zone", "'" + text + "' is no zone; Europe/Berlin would be one");
        return Optional.empty();
      }
    }

    private Schedule cron(String text, ZoneId zone) {
      CronSchedule schedule = CronSchedule.of(text, zone);
      if (schedule.next(clock.instant()).isEmpty()) {
        throw new IllegalArgumentException("'" + text + "' is never due");
      }
      return schedule;
    }

    private <T> Optional<Schedule> checked(
        String property, T value, Function<T, Schedule> reading) {
      try {
        return Optional.of(reading.apply(value));
      } catch (IllegalArgumentException e) {
        wrong(property, String.valueOf(e.getMessage()));
        return Optional.empty();
      }
    }

    /** Text that is no JSON comes back as a missing node, which is neither array nor object. */
    private JsonNode json(String property, Optional<String> text, JsonNode without) {
      if (text.isEmpty()) {
        return without;
      }
      try {
        return JSON.readTree(text.get());
      } catch (JsonProcessingException e) {
        wrong(property, e.getOriginalMessage());
        return JsonNodeFactory.instance.missingNode();
      }
    }

    private void wrong(String property, String what) {
      problems.add(prefix + "." + property + ": " + what);
    }
  }
}
