package dev.tallo.scheduler.schedule;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.broker.Delay;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.problem.JsonFields;
import dev.tallo.scheduler.timing.CronTiming;
import dev.tallo.scheduler.timing.IntervalTiming;
import dev.tallo.scheduler.timing.OneOffTiming;
import dev.tallo.scheduler.timing.SolarEvent;
import dev.tallo.scheduler.timing.SolarTiming;
import dev.tallo.scheduler.timing.Timing;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads definitions from JSON and names every field that is wrong. */
public final class DefinitionReader {
  /** The fields of a schedule. */
  public static final List<String> FIELDS =
      List.of(
          "name",
          "task",
          "args",
          "kwargs",
          "queue",
          "priority",
          "expires",
          "cron",
          "time_zone",
          "every",
          "anchor",
          "at",
          "solar",
          "start",
          "end",
          "jitter",
          "misfire",
          "overlap",
          "enabled");

  private static final List<String> SOLAR = List.of("event", "latitude", "longitude");
  private static final Duration MAX_JITTER = Duration.ofHours(1);
  private static final Duration MILLISECOND = Duration.ofMillis(1);

  /** Takes the place of a timing that could not be read, while the rest is looked at. */
  private static final Timing NEVER = new OneOffTiming(Instant.EPOCH);

  private final JsonFields fields;

  private DefinitionReader(JsonFields fields) {
    this.fields = fields;
  }

  /** What was written before by {@link DefinitionJson}. */
  public static Definition stored(ObjectNode json) {
    JsonFields fields = JsonFields.of(json, FIELDS);
    Definition definition = new DefinitionReader(fields).definition(fields.text("name"));
    fields.check("invalid-schedule", "The stored schedule is not valid");
    return definition;
  }

  /** A call that was written before. */
  public static Call storedCall(ObjectNode json) {
    JsonFields fields = JsonFields.of(json, FIELDS);
    Call call = new DefinitionReader(fields).call();
    fields.check("invalid-schedule", "The stored call is not valid");
    return call;
  }

  /**
   * What someone wants; what is wrong with it is with the fields.
   *
   * @param name its name, which may come from elsewhere
   * @param now before which nothing can be due any more
   */
  public static Definition wanted(JsonFields fields, Optional<String> name, Instant now) {
    Definition definition = written(fields, name);
    if (fields.clean()) {
      checkAhead(fields, definition, now);
    }
    return definition;
  }

  /** As configuration has it, which stays when its times have gone by. */
  static Definition written(JsonFields fields, Optional<String> name) {
    return new DefinitionReader(fields).definition(name);
  }

  private static void checkAhead(JsonFields fields, Definition definition, Instant now) {
    if (definition.timing() instanceof OneOffTiming once && !once.at().isAfter(now)) {
      fields.refuse("at", "must lie in the future; it is " + now + " now");
    } else if (definition.end().filter(end -> !end.isAfter(now)).isPresent()) {
      fields.refuse("end", "must lie in the future; it is " + now + " now");
    } else {
      Optional<Instant> first = definition.next(now);
      if (first.isEmpty()) {
        fields.refuse(
            field(definition.timing()),
            definition.timing().next(now).isEmpty()
                ? "must be due at some time; this is never"
                : "must be due between start and end; this is not");
      } else {
        checkJitter(fields, definition, first.get());
      }
    }
  }

  /** Firings must not overtake each other. */
  private static void checkJitter(JsonFields fields, Definition definition, Instant first) {
    definition
        .timing()
        .next(first)
        .map(second -> Duration.between(first, second))
        .filter(period -> definition.jitter().compareTo(period) >= 0)
        .ifPresent(
            period ->
                fields.refuse(
                    "jitter",
                    "must be shorter than the time between firings, %d seconds"
                        .formatted(period.toSeconds())));
  }

  private static String field(Timing timing) {
    return switch (timing.kind()) {
      case CRON -> "cron";
      case INTERVAL -> "every";
      case ONE_OFF -> "at";
      case SOLAR -> "solar";
    };
  }

  private Definition definition(Optional<String> name) {
    if (name.isEmpty()) {
      fields.missing("name", "such as \"nightly-report\"");
    } else if (!Names.isTaskName(name.get())) {
      fields.refuse(
          "name",
          "must be 1 to %d of the characters A-Z a-z 0-9 _ . : -".formatted(Names.MAX_TASK_NAME));
    }
    Optional<Instant> start = fields.time("start");
    Optional<Instant> end = fields.time("end");
    if (start.isPresent() && end.filter(time -> !time.isAfter(start.get())).isPresent()) {
      fields.refuse("end", "must lie after start");
    }
    return new Definition(
        name.orElse(""),
        call(),
        timing(),
        start,
        end,
        fields.seconds("jitter", Duration.ZERO, MAX_JITTER, "").orElse(Duration.ZERO),
        constant(fields, "misfire", Misfire.values()).orElse(Misfire.ONCE),
        constant(fields, "overlap", Overlap.values()).orElse(Overlap.ALLOW));
  }

  private Call call() {
    Optional<String> task = fields.text("task");
    if (task.isEmpty() && !fields.has("task")) {
      fields.missing("task", "the name of the task, such as \"demo.add\"");
    }
    if (task.filter(name -> !Names.isTaskName(name)).isPresent()) {
      fields.refuse(
          "task",
          "must be 1 to %d of the characters A-Z a-z 0-9 _ . : -".formatted(Names.MAX_TASK_NAME));
    }
    return new Call(
        task.orElse(""),
        fields.array("args"),
        fields.object("kwargs"),
        fields.text("queue").filter(this::validQueue),
        fields.integer("priority", 0, 255, ", higher first; 4 is normal"),
        fields.seconds("expires", MILLISECOND, Delay.MAX, " after its time"));
  }

  private boolean validQueue(String name) {
    if (!Names.isQueueName(name)) {
      fields.refuse(
          "queue",
          "must be 1 to %d of the characters A-Z a-z 0-9 _ . : -".formatted(Names.MAX_QUEUE_NAME));
      return false;
    }
    if (name.startsWith(Topology.RESERVED_PREFIX)) {
      fields.refuse(
          "queue", "must not begin with " + Topology.RESERVED_PREFIX + ", which is reserved");
      return false;
    }
    return true;
  }

  private Timing timing() {
    List<String> given = Stream.of("cron", "every", "at", "solar").filter(fields::has).toList();
    if (given.size() != 1) {
      if (given.isEmpty()) {
        fields.missing("cron", "when it is due, by one of cron, every, at and solar");
      } else {
        fields.refuse(
            given.get(1),
            "must not be given beside " + given.getFirst() + ": a schedule has one of them");
      }
      return NEVER;
    }
    belongs("time_zone", "cron");
    belongs("anchor", "every");
    return switch (given.getFirst()) {
      case "cron" -> cron();
      case "every" -> every();
      case "at" -> fields.time("at").<Timing>map(OneOffTiming::new).orElse(NEVER);
      default -> fields.fields("solar", SOLAR).map(DefinitionReader::solar).orElse(NEVER);
    };
  }

  private void belongs(String field, String to) {
    if (fields.has(field) && !fields.has(to)) {
      fields.refuse(field, "belongs to " + to + ", which is not given");
    }
  }

  private Timing cron() {
    Optional<String> text = fields.text("cron");
    Optional<ZoneId> zone = zone();
    if (text.isEmpty()) {
      return NEVER;
    }
    try {
      return CronTiming.of(text.get(), zone.orElse(ZoneOffset.UTC));
    } catch (IllegalArgumentException e) {
      fields.refuse("cron", "must be a cron expression of 5 or 6 fields: " + e.getMessage());
      return NEVER;
    }
  }

  private Optional<ZoneId> zone() {
    if (!fields.has("time_zone")) {
      return Optional.of(ZoneId.of("UTC"));
    }
    return fields
        .text("time_zone")
        .flatMap(
            text -> {
              try {
                return Optional.of(ZoneId.of(text));
              } catch (DateTimeException e) {
                fields.refuse("time_zone", "must be a time zone, such as \"Europe/Berlin\"");
                return Optional.empty();
              }
            });
  }

  private Timing every() {
    Instant anchor = fields.time("anchor").orElse(Instant.EPOCH);
    Optional<Duration> every =
        fields.seconds("every", Duration.ofSeconds(1), IntervalTiming.MAX, ", whole ones");
    if (every.isEmpty()) {
      return NEVER;
    }
    try {
      return new IntervalTiming(every.get(), anchor);
    } catch (IllegalArgumentException e) {
      fields.refuse("every", String.valueOf(e.getMessage()));
      return NEVER;
    }
  }

  private static Timing solar(JsonFields solar) {
    Optional<SolarEvent> event = constant(solar, "event", SolarEvent.values());
    OptionalDouble latitude = solar.number("latitude", -90, 90, ", in degrees");
    OptionalDouble longitude = solar.number("longitude", -180, 180, ", in degrees");
    for (String name : SOLAR) {
      if (!solar.has(name)) {
        solar.missing(name, "a place, and what the sun does there");
      }
    }
    return event.isPresent() && latitude.isPresent() && longitude.isPresent()
        ? new SolarTiming(event.get(), latitude.getAsDouble(), longitude.getAsDouble())
        : NEVER;
  }

  private static <E extends Enum<E>> Optional<E> constant(
      JsonFields fields, String name, E[] values) {
    return fields
        .text(name)
        .flatMap(
            text -> {
              Optional<E> found =
                  Arrays.stream(values)
                      .filter(
                          value -> DefinitionJson.name(value).equals(text.toLowerCase(Locale.ROOT)))
                      .findFirst();
              if (found.isEmpty()) {
                fields.refuse(
                    name,
                    "must be one of "
                        + Arrays.stream(values)
                            .map(DefinitionJson::name)
                            .collect(Collectors.joining(", ")));
              }
              return found;
            });
  }
}
