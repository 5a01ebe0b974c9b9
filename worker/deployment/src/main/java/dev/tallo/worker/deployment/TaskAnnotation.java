package dev.tallo.worker.deployment;

import dev.tallo.messaging.protocol.Rate;
import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.worker.registry.TaskDefaults;
import io.quarkus.runtime.configuration.DurationConverter;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jboss.jandex.AnnotationInstance;
import org.jboss.jandex.IndexView;
import org.jboss.jandex.Type;

/** Reads what {@code @Task} says beside the name, and what is wrong with it. */
final class TaskAnnotation {
  private final Consumer<String> problems;

  private TaskAnnotation(Consumer<String> problems) {
    this.problems = problems;
  }

  static TaskDefaults read(AnnotationInstance task, IndexView index, Consumer<String> problems) {
    return new TaskAnnotation(problems).read(task, index);
  }

  private TaskDefaults read(AnnotationInstance task, IndexView index) {
    AnnotationInstance retry = task.valueWithDefault(index, "retry").asNested();
    int maxRetries = retry.valueWithDefault(index, "max").asInt();
    if (maxRetries < -1 || maxRetries > RetryOptions.MOST_RETRIES) {
      problems.accept("retry max is %d: 0 to %d".formatted(maxRetries, RetryOptions.MOST_RETRIES));
    }
    String backOff = text(retry, "backOff", index);
    String maxBackOff = text(retry, "maxBackOff", index);
    Optional<Duration> first = duration("retry backOff", backOff);
    Optional<Duration> longest = duration("retry maxBackOff", maxBackOff);
    if (first.isPresent() && longest.isPresent() && longest.get().compareTo(first.get()) < 0) {
      problems.accept("retry maxBackOff is shorter than backOff");
    }
    String softTimeLimit = text(task, "softTimeLimit", index);
    String timeLimit = text(task, "timeLimit", index);
    Optional<Duration> soft = duration("softTimeLimit", softTimeLimit);
    Optional<Duration> hard = duration("timeLimit", timeLimit);
    if (soft.isPresent() && hard.isPresent() && soft.get().compareTo(hard.get()) >= 0) {
      problems.accept("softTimeLimit has to be shorter than timeLimit");
    }
    int concurrency = task.valueWithDefault(index, "concurrency").asInt();
    if (concurrency < 0) {
      problems.accept("concurrency is %d: 1 or more".formatted(concurrency));
    }
    String rate = text(task, "rate", index);
    if (!rate.isEmpty()) {
      try {
        Rate.parse(rate);
      } catch (IllegalArgumentException e) {
        problems.accept(e.getMessage());
      }
    }
    return new TaskDefaults(
        maxRetries,
        backOff,
        maxBackOff,
        names(retry, "on", index),
        names(retry, "giveUpOn", index),
        softTimeLimit,
        timeLimit,
        concurrency,
        rate);
  }

  private static String text(AnnotationInstance annotation, String element, IndexView index) {
    return annotation.valueWithDefault(index, element).asString().strip();
  }

  private static List<String> names(
      AnnotationInstance annotation, String element, IndexView index) {
    return Arrays.stream(annotation.valueWithDefault(index, element).asClassArray())
        .map(Type::name)
        .map(Object::toString)
        .toList();
  }

  private Optional<Duration> duration(String element, String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      Duration duration = DurationConverter.parseDuration(text);
      if (duration.isPositive() && duration.compareTo(RetryOptions.LONGEST_PAUSE) <= 0) {
        return Optional.of(duration);
      }
      problems.accept("%s is '%s': more than 0 and at most 30 days".formatted(element, text));
    } catch (IllegalArgumentException e) {
      problems.accept("%s is '%s': write 30s, 5m or PT30S, say".formatted(element, text));
    }
    return Optional.empty();
  }
}
