package dev.tallo.messaging.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventCodecTest {

  private static final Instant TIME = Instant.parse("2026-11-22T19:42:55.000775Z");

  @Test
  void writes_a_task_event_as_celery_does_but_without_a_clock() throws Exception {
    Map<String, JsonNode> fields =
        Map.of(
            "runtime", JsonNodeFactory.instance.numberNode(0.25),
            "hostname", JsonNodeFactory.instance.textNode("not this one"));
    TaskEvent event = new TaskEvent(TaskEvent.Type.SUCCEEDED, "t1", "w1@host", TIME, fields);

    String text = new String(EventCodec.encode(event), StandardCharsets.UTF_8);

    assertThat(text).contains("\"timestamp\":1795376575.000775").doesNotContain("not this one");
    JsonNode json = CeleryJson.MAPPER.readTree(text);
    assertThat(json.properties())
        .extracting(Map.Entry::getKey)
        .containsExactlyInAnyOrder(
            "hostname", "utcoffset", "pid", "type", "uuid", "runtime", "timestamp");
    assertThat(json.get("type").textValue()).isEqualTo("task-succeeded");
    assertThat(json.get("pid").longValue()).isEqualTo(ProcessHandle.current().pid());
    assertThat(EventCodec.routingKey(event)).isEqualTo("task.succeeded");
  }

  @Test
  void writes_a_heartbeat_with_queues_and_tasks() throws Exception {
    WorkerEvent event =
        new WorkerEvent(
            WorkerEvent.Type.HEARTBEAT,
            "w1@host",
            TIME,
            2,
            3,
            10_000_000_000L,
            "tallo",
            "0.1",
            List.of("default"),
            List.of("demo.add"));

    JsonNode json = CeleryJson.MAPPER.readTree(EventCodec.encode(event));

    assertThat(json.get("type").textValue()).isEqualTo("worker-heartbeat");
    assertThat(json.get("queues")).hasToString("[\"default\"]");
    assertThat(json.get("sw_sys").textValue()).isNotBlank();
    assertThat(EventCodec.decode(EventCodec.encode(event))).containsExactly(event);
    assertThat(EventCodec.routingKey(event)).isEqualTo("worker.heartbeat");
    assertThat(event.aliveUntil()).isEqualTo(TIME.plusSeconds(4));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "7",
        "null",
        "{}",
        "[[]]",
        "{\"type\":\"task-cancelled\",\"uuid\":\"t\",\"hostname\":\"h\",\"timestamp\":1}",
        "{\"type\":\"task-started\",\"hostname\":\"h\",\"timestamp\":1}",
        "{\"type\":\"task-started\",\"uuid\":\"t\",\"timestamp\":1}",
        "{\"type\":\"task-started\",\"uuid\":\"t\",\"hostname\":\"h\"}",
        "{\"type\":\"task-started\",\"uuid\":\"t\",\"hostname\":\"h\",\"timestamp\":\"now\"}",
        "{\"type\":\"task-started\",\"uuid\":\"t\",\"hostname\":\"h\",\"timestamp\":1e300}",
        "{\"type\":\"task-started\",\"uuid\":\"t\",\"hostname\":\"h\",\"timestamp\":NaN}",
        "{\"type\":\"task-started\",\"uuid\":\"t\",\"hostname\":\"h\",\"timestamp\":-1}"
      })
  void skips_what_is_no_event_and_keeps_those_around_it(String other) throws Exception {
    byte[] good =
        EventCodec.encode(new TaskEvent(TaskEvent.Type.STARTED, "t1", "w1@host", TIME, Map.of()));
    String batch = "[" + other + "," + new String(good, StandardCharsets.UTF_8) + "]";

    assertThat(EventCodec.decode(batch.getBytes(StandardCharsets.UTF_8)))
        .singleElement()
        .isInstanceOf(TaskEvent.class);
    assertThat(EventCodec.decode(other.getBytes(StandardCharsets.UTF_8))).isEmpty();
  }

  @Test
  void makes_something_of_a_heartbeat_whose_fields_are_garbage() throws Exception {
    String json =
        "{\"type\":\"worker-heartbeat\",\"hostname\":\"h\",\"timestamp\":1.5,\"freq\":-1,"
            + "\"active\":\"x\",\"processed\":{},\"queues\":7,\"tasks\":[1,\"t\"]}";

    WorkerEvent event =
        (WorkerEvent) EventCodec.decode(json.getBytes(StandardCharsets.UTF_8)).getFirst();

    assertThat(event.freq()).isEqualTo(2);
    assertThat(event.active()).isZero();
    assertThat(event.queues()).isEmpty();
    assertThat(event.tasks()).containsExactly("t");
    assertThat(event.timestamp()).isEqualTo(Instant.ofEpochMilli(1500));
  }

  @Test
  void refuses_what_is_not_json() {
    assertThatThrownBy(() -> EventCodec.decode(new byte[] {'['}))
        .isInstanceOf(UndecodableMessageException.class);
    assertThatThrownBy(() -> EventCodec.decode(new byte[0]))
        .isInstanceOf(UndecodableMessageException.class);
  }
}
