package dev.tallo.producer.api;

import dev.tallo.messaging.protocol.Names;
import dev.tallo.messaging.protocol.State;
import dev.tallo.problem.DateTimes;
import dev.tallo.problem.FieldError;
import dev.tallo.problem.Problem;
import dev.tallo.problem.ProblemException;
import dev.tallo.producer.history.TaskFilter;
import jakarta.ws.rs.core.MultivaluedMap;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Reads query parameters, strictly: what is unknown, repeated or malformed is refused by name. */
final class TaskQuery {
  private static final int DEFAULT_LIMIT = 50;
  private static final Set<String> LIST =
      Set.of("task", "state", "queue", "since", "until", "limit", "cursor");
  private static final Set<String> GET = Set.of("wait");

  private final MultivaluedMap<String, String> parameters;
  private final List<FieldError> errors = new ArrayList<>();

  TaskQuery(MultivaluedMap<String, String> parameters, Set<String> known) {
    this.parameters = parameters;
    parameters.forEach(
        (name, values) -> {
          if (!known.contains(name)) {
            refuse(
                name.length() <= 100 ? name : name.substring(0, 100) + "…",
                "is unknown; there are " + String.join(", ", new TreeSet<>(known)));
          } else if (values.size() > 1) {
            refuse(name, "must be given once");
          }
        });
  }

  /** The filter that a request for a list asks for. */
  static TaskFilter filter(MultivaluedMap<String, String> parameters) {
    TaskQuery query = new TaskQuery(parameters, LIST);
    TaskFilter filter =
        new TaskFilter(
            query.name("task", Names::isTaskName, Names.MAX_TASK_NAME),
            query.state(),
            query.name("queue", Names::isQueueName, Names.MAX_QUEUE_NAME),
            query.time("since"),
            query.time("until"),
            query.cursor(),
            query.limit());
    query.throwErrors();
    return filter;
  }

  /** How long a request for one task wants to wait for its end. */
  static Optional<Duration> wait(MultivaluedMap<String, String> parameters, Duration most) {
    TaskQuery query = new TaskQuery(parameters, GET);
    Optional<Duration> wait = query.duration("wait", most);
    query.throwErrors();
    return wait;
  }

  void throwErrors() {
    if (!errors.isEmpty()) {
      throw invalid(errors);
    }
  }

  /** What is told of parameters, or parts of a path, that mean nothing. */
  static ProblemException invalid(List<FieldError> errors) {
    return Problem.of("invalid-query", 400, "The query is not valid", errors).exception();
  }

  void refuse(String field, String message) {
    errors.add(new FieldError(field, message));
  }

  private Optional<String> value(String name) {
    return Optional.ofNullable(parameters.getFirst(name));
  }

  Optional<String> text(String field, Predicate<String> valid, String otherwise) {
    Optional<String> text = value(field);
    if (text.isPresent() && !valid.test(text.get())) {
      refuse(field, otherwise);
      return Optional.empty();
    }
    return text;
  }

  boolean flag(String field) {
    Optional<String> text = value(field);
    if (text.isPresent() && !text.get().equals("true") && !text.get().equals("false")) {
      refuse(field, "must be true or false");
    }
    return text.filter("true"::equals).isPresent();
  }

  Optional<String> name(String field, Predicate<String> valid, int longest) {
    Optional<String> name = value(field);
    if (name.isPresent() && !valid.test(name.get())) {
      refuse(field, "must be 1 to %d of the characters A-Z a-z 0-9 _ . : -".formatted(longest));
      return Optional.empty();
    }
    return name;
  }

  private Optional<State> state() {
    return value("state")
        .flatMap(
            text -> {
              try {
                return Optional.of(State.valueOf(text.toUpperCase(Locale.ROOT)));
              } catch (IllegalArgumentException e) {
                refuse("state", "must be one of " + Arrays.toString(State.values()));
                return Optional.empty();
              }
            });
  }

  Optional<Instant> time(String field) {
    return value(field)
        .flatMap(
            text -> {
              try {
                return Optional.of(DateTimes.parse(text.replace(' ', '+')).toInstant());
              } catch (DateTimeException e) {
                refuse(field, "must be a date-time with its offset, such as 2030-01-31T12:00:00Z");
                return Optional.empty();
              }
            });
  }

  private Optional<Duration> duration(String field, Duration most) {
    return value(field)
        .flatMap(
            text -> {
              try {
                Duration duration = Duration.parse(text);
                if (!duration.isNegative() && duration.compareTo(most) <= 0) {
                  return Optional.of(duration);
                }
              } catch (DateTimeException e) {
                // Refused below.
              }
              refuse(
                  field, "must be an ISO 8601 duration from PT0S to " + most + ", such as PT10S");
              return Optional.empty();
            });
  }

  OptionalLong cursor() {
    Optional<String> text = value("cursor");
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    OptionalLong place = Cursor.decode(text.get());
    if (place.isEmpty()) {
      refuse("cursor", "must be the \"next\" of the page before");
    }
    return place;
  }

  int limit() {
    Optional<String> text = value("limit");
    if (text.isEmpty()) {
      return DEFAULT_LIMIT;
    }
    try {
      int limit = Integer.parseInt(text.get());
      if (limit >= 1 && limit <= TaskFilter.MAX_LIMIT) {
        return limit;
      }
    } catch (NumberFormatException e) {
      // Refused below.
    }
    refuse("limit", "must be an integer from 1 to " + TaskFilter.MAX_LIMIT);
    return DEFAULT_LIMIT;
  }
}
