package dev.tallo.scheduler.schedule;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.scheduler.timing.CronTiming;
import dev.tallo.scheduler.timing.IntervalTiming;
import dev.tallo.scheduler.timing.OneOffTiming;
import dev.tallo.scheduler.timing.SolarTiming;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/**
 * Writes definitions and calls as JSON: in the store as in the API, as {@link DefinitionReader}
 * reads them.
 */
public final class DefinitionJson {
  private DefinitionJson() {}

  /** All but what has its default. */
  public static ObjectNode of(Definition definition) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("name", definition.name());
    put(json, definition.call());
    switch (definition.timing()) {
      case CronTiming cron -> {
        json.put("cron", cron.expression());
        json.put("time_zone", cron.zone().getId());
      }
      case IntervalTiming interval -> {
        json.put("every", interval.every().toSeconds());
        if (!interval.anchor().equals(Instant.EPOCH)) {
          json.put("anchor", interval.anchor().toString());
        }
      }
      case OneOffTiming once -> json.put("at", once.at().toString());
      case SolarTiming solar ->
          json.putObject("solar")
              .put("event", name(solar.event()))
              .put("latitude", solar.latitude())
              .put("longitude", solar.longitude());
    }
    definition.start().ifPresent(start -> json.put("start", start.toString()));
    definition.end().ifPresent(end -> json.put("end", end.toString()));
    if (definition.jitter().isPositive()) {
      json.set("jitter", seconds(definition.jitter()));
    }
    json.put("misfire", name(definition.misfire()));
    json.put("overlap", name(definition.overlap()));
    return json;
  }

  /** A call alone. */
  public static ObjectNode of(Call call) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    put(json, call);
    return json;
  }

  private static void put(ObjectNode json, Call call) {
    json.put("task", call.task());
    json.set("args", call.args());
    json.set("kwargs", call.kwargs());
    call.queue().ifPresent(queue -> json.put("queue", queue));
    call.priority().ifPresent(priority -> json.put("priority", priority));
    call.expires().ifPresent(expires -> json.set("expires", seconds(expires)));
  }

  /** What {@link #text} has written. */
  public static ObjectNode parse(String text) {
    try {
      return (ObjectNode) CeleryJson.MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot be read: " + e.getMessage(), e);
    }
  }

  /** As text for the store. */
  public static String text(JsonNode json) {
    try {
      return CeleryJson.MAPPER.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot be written as JSON: " + e.getMessage(), e);
    }
  }

  /** A constant as it is called outside. */
  public static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static JsonNode seconds(Duration duration) {
    return duration.toMillisPart() == 0
        ? JsonNodeFactory.instance.numberNode(duration.toSeconds())
        : JsonNodeFactory.instance.numberNode(duration.toMillis() / 1e3);
  }
}
