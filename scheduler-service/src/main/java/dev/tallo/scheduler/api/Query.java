package dev.tallo.scheduler.api;

import dev.tallo.problem.DateTimes;
import dev.tallo.problem.FieldError;
import dev.tallo.problem.Problem;
import dev.tallo.scheduler.schedule.DefinitionJson;
import jakarta.ws.rs.core.MultivaluedMap;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Reads query parameters, strictly: what is unknown, repeated or malformed is refused by name. */
final class Query {
  private final MultivaluedMap<String, String> parameters;
  private final List<FieldError> errors = new ArrayList<>();

  Query(MultivaluedMap<String, String> parameters, Set<String> known) {
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

  /** Ends the request with 400 if anything is wrong. */
  void check() {
    if (!errors.isEmpty()) {
      throw Problem.of("invalid-query", 400, "The query is not valid", errors).exception();
    }
  }

  private void refuse(String field, String message) {
    errors.add(new FieldError(field, message));
  }

  private Optional<String> value(String name) {
    return Optional.ofNullable(parameters.getFirst(name));
  }

  Optional<String> name(String field, Predicate<String> valid, int longest) {
    Optional<String> name = value(field);
    if (name.isPresent() && !valid.test(name.get())) {
      refuse(field, "must be 1 to %d of the characters A-Z a-z 0-9 _ . : -".formatted(longest));
      return Optional.empty();
    }
    return name;
  }

  <E extends Enum<E>> Optional<E> constant(String field, E[] values) {
    Optional<String> text = value(field);
    Optional<E> found =
        text.flatMap(
            name ->
                Arrays.stream(values)
                    .filter(value -> value.name().equalsIgnoreCase(name))
                    .findFirst());
    if (text.isPresent() && found.isEmpty()) {
      refuse(
          field,
          "must be one of "
              + Arrays.stream(values).map(DefinitionJson::name).collect(Collectors.joining(", ")));
    }
    return found;
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

  int integer(String field, int most, int otherwise) {
    Optional<String> text = value(field);
    if (text.isEmpty()) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(text.get());
      if (number >= 1 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Refused below.
    }
    refuse(field, "must be an integer from 1 to " + most);
    return otherwise;
  }

  /** A place in a list, as callers carry it from page to page. */
  Optional<String> cursor(Predicate<String> valid) {
    return value("cursor")
        .flatMap(
            text -> {
              try {
                String place =
                    new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
                if (valid.test(place)) {
                  return Optional.of(place);
                }
              } catch (IllegalArgumentException e) {
                // Refused below.
              }
              refuse("cursor", "must be the \"next\" of the page before");
              return Optional.empty();
            });
  }

  static String cursorAt(String place) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(place.getBytes(StandardCharsets.UTF_8));
  }
}
