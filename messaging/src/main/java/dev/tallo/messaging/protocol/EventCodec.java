package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads Celery's events ({@code celery/events/event.py}, {@code dispatcher.py}).
 *
 * <p>No {@code clock} is written: Celery's receivers order such events by their own, which is
 * better than a clock that is not kept in step with theirs.
 */
public final class EventCodec {

  /** The routing key of a batch of events about tasks. */
  public static final String BATCH_ROUTING_KEY = "task.multi";

  /** What every event has besides its own fields. */
  private static final Set<String> COMMON =
      Set.of("hostname", "utcoffset", "pid", "clock", "timestamp", "type", "uuid");

  private static final Map<String, TaskEvent.Type> TASK_TYPES =
      Arrays.stream(TaskEvent.Type.values())
          .collect(Collectors.toMap(TaskEvent.Type::wireName, Function.identity()));

  private static final Map<String, WorkerEvent.Type> WORKER_TYPES =
      Arrays.stream(WorkerEvent.Type.values())
          .collect(Collectors.toMap(WorkerEvent.Type::wireName, Function.identity()));

  private static final double LAST_SECOND = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();
  private static final double DEFAULT_FREQ = 2;
  private static final double SLOWEST_FREQ = 86_400;

  /** What an event takes, roughly. */
  private static final int EVENT_BYTES = 256;

  private EventCodec() {}

  /** One event as a JSON object. */
  public static byte[] encode(Event event) {
    return Content.writeOwn(EVENT_BYTES, json -> write(event, pid(), json));
  }

  /** Several events as a JSON list. */
  public static byte[] encodeBatch(List<? extends Event> events) {
    long pid = pid();
    return Content.writeOwn(
        events.size() * EVENT_BYTES,
        json -> {
          json.writeStartArray();
          for (Event event : events) {
            write(event, pid, json);
          }
          json.writeEndArray();
        });
  }

  /** The routing key of a single event: {@code task.succeeded}. */
  public static String routingKey(Event event) {
    return switch (event) {
      case TaskEvent task -> task.type().routingKey;
      case WorkerEvent worker -> worker.type().routingKey;
    };
  }

  /** Reads all fields of one event or a list; see {@link #decode(byte[], Predicate)}. */
  public static List<Event> decode(byte[] body) throws UndecodableMessageException {
    return decode(body, field -> true);
  }

  /**
   * Reads one event or a list. Events of unknown type, and those that lack what makes them one, are
   * skipped.
   *
   * @param wanted which of the fields that not all events have are of interest; the others are not
   *     kept, which makes reading cheap
   * @throws UndecodableMessageException if it is not JSON
   */
  public static List<Event> decode(byte[] body, Predicate<String> wanted)
      throws UndecodableMessageException {
    List<Event> events = new ArrayList<>();
    try (JsonParser json = CeleryJson.MAPPER.createParser(body)) {
      if (json.nextToken() == JsonToken.START_ARRAY) {
        while (json.nextToken() != JsonToken.END_ARRAY) {
          readOne(json, wanted, events);
        }
      } else {
        readOne(json, wanted, events);
      }
      Content.requireEnd(json);
    } catch (IOException e) {
      throw Content.unreadable(e);
    }
    return events;
  }

  private static void readOne(JsonParser json, Predicate<String> wanted, List<Event> events)
      throws IOException, UndecodableMessageException {
    if (json.currentToken() == null) {
      throw new UndecodableMessageException("The body ends before its events do.");
    }
    if (json.currentToken() != JsonToken.START_OBJECT) {
      json.skipChildren();
      return;
    }
    ObjectNode fields = CeleryJson.MAPPER.createObjectNode();
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      json.nextToken();
      if (COMMON.contains(name) || wanted.test(name)) {
        fields.set(name, CeleryJson.MAPPER.<JsonNode>readTree(json));
      } else {
        json.skipChildren();
      }
    }
    Event event = read(fields);
    if (event != null) {
      events.add(event);
    }
  }

  private static long pid() {
    return ProcessHandle.current().pid();
  }

  private static void write(Event event, long pid, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("hostname", event.hostname());
    json.writeNumberField("utcoffset", 0);
    json.writeNumberField("pid", pid);
    switch (event) {
      case TaskEvent task -> writeFields(task, json);
      case WorkerEvent worker -> writeFields(worker, json);
    }
    json.writeFieldName("timestamp");
    json.writeNumber(seconds(event.timestamp()));
    json.writeEndObject();
  }

  private static void writeFields(TaskEvent event, JsonGenerator json) throws IOException {
    json.writeStringField("type", event.type().wireName);
    json.writeStringField("uuid", event.uuid());
    for (Map.Entry<String, JsonNode> field : event.fields().entrySet()) {
      if (!COMMON.contains(field.getKey())) {
        json.writeFieldName(field.getKey());
        json.writeTree(field.getValue());
      }
    }
  }

  private static void writeFields(WorkerEvent event, JsonGenerator json) throws IOException {
    json.writeStringField("type", event.type().wireName);
    json.writeNumberField("freq", event.freq());
    json.writeNumberField("active", event.active());
    json.writeNumberField("processed", event.processed());
    json.writeStringField("sw_ident", event.swIdent());
    json.writeStringField("sw_ver", event.swVer());
    json.writeStringField("sw_sys", System.getProperty("os.name"));
    writeTexts("queues", event.queues(), json);
    writeTexts("tasks", event.tasks(), json);
  }

  private static void writeTexts(String field, List<String> texts, JsonGenerator json)
      throws IOException {
    json.writeArrayFieldStart(field);
    for (String text : texts) {
      json.writeString(text);
    }
    json.writeEndArray();
  }

  /** Unix seconds with six decimals: {@code 1795376515.258483}. */
  private static String seconds(Instant time) {
    String micros = Integer.toString(1_000_000 + time.getNano() / 1000);
    return time.getEpochSecond() + "." + micros.substring(1);
  }

  private static @Nullable Event read(JsonNode json) {
    String type = json.path("type").asText();
    String hostname = json.path("hostname").asText();
    double seconds = json.path("timestamp").asDouble(Double.NaN);
    if (hostname.isEmpty() || !(seconds >= 0 && seconds <= LAST_SECOND)) {
      return null;
    }
    Instant timestamp =
        Instant.ofEpochSecond(
            (long) seconds, Math.round((seconds - (long) seconds) * 1_000_000) * 1000);
    TaskEvent.Type taskType = TASK_TYPES.get(type);
    if (taskType != null) {
      return readTask(taskType, hostname, timestamp, json);
    }
    WorkerEvent.Type workerType = WORKER_TYPES.get(type);
    return workerType == null ? null : readWorker(workerType, hostname, timestamp, json);
  }

  private static @Nullable Event readTask(
      TaskEvent.Type type, String hostname, Instant timestamp, JsonNode json) {
    String uuid = json.path("uuid").asText();
    if (uuid.isEmpty()) {
      return null;
    }
    Map<String, JsonNode> fields = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      if (!COMMON.contains(field.getKey())) {
        fields.put(field.getKey(), field.getValue());
      }
    }
    return new TaskEvent(type, uuid, hostname, timestamp, fields);
  }

  private static Event readWorker(
      WorkerEvent.Type type, String hostname, Instant timestamp, JsonNode json) {
    double freq = json.path("freq").asDouble(DEFAULT_FREQ);
    return new WorkerEvent(
        type,
        hostname,
        timestamp,
        freq > 0 ? Math.min(freq, SLOWEST_FREQ) : DEFAULT_FREQ,
        Math.max(0, json.path("active").asInt()),
        Math.max(0, json.path("processed").asLong()),
        json.path("sw_ident").asText(),
        json.path("sw_ver").asText(),
        texts(json.path("queues")),
        texts(json.path("tasks")));
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>(list.size());
    for (JsonNode text : list) {
      if (text.isTextual()) {
        texts.add(text.textValue());
      }
    }
    return texts;
  }
}
