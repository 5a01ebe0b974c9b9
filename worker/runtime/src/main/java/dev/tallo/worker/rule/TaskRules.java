package dev.tallo.worker.rule;

import dev.tallo.messaging.protocol.Rate;
import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.messaging.protocol.TimeLimits;
import dev.tallo.worker.WorkerConfig;
import dev.tallo.worker.WorkerConfig.TaskSettings;
import dev.tallo.worker.registry.TaskDefaults;
import dev.tallo.worker.registry.TaskDefinition;
import dev.tallo.worker.registry.TaskRegistry;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.runtime.configuration.DurationConverter;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * The rules of every task: what {@code tallo.worker.tasks."name".*} says, else its {@code @Task},
 * else what {@code tallo.worker.*} says for all. What is wrong ends the start with an error that
 * names the property.
 */
@Singleton
public class TaskRules {
  private static final String PREFIX = "tallo.worker.";
  private static final Duration LONGEST = RetryOptions.LONGEST_PAUSE;

  private final Map<String, TaskRule> rules = new TreeMap<>();

  TaskRules(WorkerConfig config, TaskRegistry registry, ExceptionNames exceptions) {
    requireKnown(config, registry);
    requireRetries(config.retry().max(), "retry.max");
    requirePauses(config.retry().backOff(), config.retry().maxBackOff(), "retry");
    requireLimits(config.softTimeLimit(), config.timeLimit(), "");
    for (TaskDefinition task : registry.tasks()) {
      Optional<TaskSettings> settings = Optional.ofNullable(config.tasks().get(task.name()));
      rules.put(task.name(), rule(task, settings, config, exceptions));
    }
  }

  /** What holds for a task of this application. */
  public TaskRule of(String task) {
    return rules.get(task);
  }

  private static TaskRule rule(
      TaskDefinition task,
      Optional<TaskSettings> settings,
      WorkerConfig config,
      ExceptionNames exceptions) {
    TaskDefaults declared = task.defaults();
    String prefix = "tasks.\"" + task.name() + "\".";
    Optional<Duration> soft =
        settings
            .flatMap(TaskSettings::softTimeLimit)
            .or(() -> duration(declared.softTimeLimit()))
            .or(config::softTimeLimit);
    Optional<Duration> hard =
        settings
            .flatMap(TaskSettings::timeLimit)
            .or(() -> duration(declared.timeLimit()))
            .or(config::timeLimit);
    requireLimits(soft, hard, prefix);
    OptionalInt concurrency =
        settings
            .map(TaskSettings::concurrency)
            .filter(OptionalInt::isPresent)
            .orElseGet(
                () ->
                    declared.concurrency() > 0
                        ? OptionalInt.of(declared.concurrency())
                        : OptionalInt.empty());
    require(
        concurrency.isEmpty() || concurrency.getAsInt() >= 1,
        prefix + "concurrency",
        "is %s: it must be 1 or more".formatted(concurrency));
    return new TaskRule(
        retry(declared, settings, config, exceptions, prefix),
        new TimeLimits(hard, soft),
        concurrency,
        settings
            .flatMap(TaskSettings::rate)
            .map(rate -> rate(rate, prefix + "rate"))
            .or(
                () ->
                    declared.rate().isEmpty()
                        ? Optional.empty()
                        : Optional.of(Rate.parse(declared.rate()))));
  }

  private static RetryPolicy retry(
      TaskDefaults declared,
      Optional<TaskSettings> settings,
      WorkerConfig config,
      ExceptionNames exceptions,
      String prefix) {
    int max =
        settings
            .map(s -> s.retry().max())
            .filter(OptionalInt::isPresent)
            .map(OptionalInt::getAsInt)
            .orElseGet(
                () -> declared.maxRetries() >= 0 ? declared.maxRetries() : config.retry().max());
    requireRetries(max, prefix + "retry.max");
    Optional<Duration> first =
        settings.flatMap(s -> s.retry().backOff()).or(() -> duration(declared.backOff()));
    Optional<Duration> longest =
        settings.flatMap(s -> s.retry().maxBackOff()).or(() -> duration(declared.maxBackOff()));
    Duration backOff = first.orElse(config.retry().backOff());
    Duration general = config.retry().maxBackOff();
    // A first pause alone may well be longer than the general longest one.
    Duration maxBackOff = longest.orElse(general.compareTo(backOff) < 0 ? backOff : general);
    requirePauses(backOff, maxBackOff, prefix + "retry");
    List<String> on =
        settings
            .flatMap(s -> s.retry().on())
            .map(names -> known(names, exceptions, prefix + "retry.on"))
            .orElse(
                declared.retryOn().isEmpty() ? RetryPolicy.EVERY_EXCEPTION : declared.retryOn());
    List<String> giveUpOn =
        settings
            .flatMap(s -> s.retry().giveUpOn())
            .map(names -> known(names, exceptions, prefix + "retry.give-up-on"))
            .orElse(declared.giveUpOn());
    return new RetryPolicy(max, backOff, maxBackOff, on, giveUpOn);
  }

  private static Optional<Duration> duration(String declared) {
    return declared.isEmpty()
        ? Optional.empty()
        : Optional.of(DurationConverter.parseDuration(declared));
  }

  private static Rate rate(String text, String property) {
    try {
      return Rate.parse(text);
    } catch (IllegalArgumentException e) {
      throw problem(property, "is '%s': %s".formatted(text, e.getMessage()));
    }
  }

  private static List<String> known(
      List<String> names, ExceptionNames exceptions, String property) {
    for (String name : names) {
      require(
          exceptions.knows(name),
          property,
          "has '%s': no exception of this application or its libraries has that name"
              .formatted(name));
    }
    return names;
  }

  private static void requireKnown(WorkerConfig config, TaskRegistry registry) {
    for (String name : config.tasks().keySet()) {
      require(
          registry.names().contains(name),
          "tasks.\"" + name + "\"",
          "is for a task that this application does not have; it has: "
              + String.join(", ", registry.names()));
    }
  }

  private static void requireRetries(int max, String property) {
    require(
        max >= 0 && max <= RetryOptions.MOST_RETRIES,
        property,
        "is %d: it must be 0 to %d".formatted(max, RetryOptions.MOST_RETRIES));
  }

  private static void requirePauses(Duration first, Duration longest, String prefix) {
    requireWithin(first, prefix + ".back-off");
    requireWithin(longest, prefix + ".max-back-off");
    require(
        longest.compareTo(first) >= 0,
        prefix + ".max-back-off",
        "is %s: it must not be shorter than back-off (%s)".formatted(longest, first));
  }

  private static void requireLimits(
      Optional<Duration> soft, Optional<Duration> hard, String prefix) {
    soft.ifPresent(limit -> requireWithin(limit, prefix + "soft-time-limit"));
    hard.ifPresent(limit -> requireWithin(limit, prefix + "time-limit"));
    require(
        soft.isEmpty() || hard.isEmpty() || soft.get().compareTo(hard.get()) < 0,
        prefix + "soft-time-limit",
        "is %s: it must be shorter than time-limit (%s)"
            .formatted(soft.orElse(Duration.ZERO), hard.orElse(Duration.ZERO)));
  }

  private static void requireWithin(Duration value, String property) {
    require(
        value.isPositive() && value.compareTo(LONGEST) <= 0,
        property,
        "is %s: it must be more than 0 and at most %s".formatted(value, LONGEST));
  }

  private static void require(boolean holds, String property, String otherwise) {
    if (!holds) {
      throw problem(property, otherwise);
    }
  }

  private static ConfigurationException problem(String property, String what) {
    return new ConfigurationException(PREFIX + property + " " + what, Set.of(PREFIX + property));
  }
}
