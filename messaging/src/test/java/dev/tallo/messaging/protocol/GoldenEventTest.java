package dev.tallo.messaging.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Events as a real Celery worker and client sent them. */
class GoldenEventTest {

  /** Of every event; ours have no clock, and a worker's load is not told. */
  private static final Set<String> NOT_WRITTEN = Set.of("pid", "clock", "loadavg");

  static Stream<Golden> all() {
    return Golden.names("event").stream().map(Golden::of);
  }

  @ParameterizedTest
  @MethodSource("all")
  void reads_every_event_and_writes_it_back_with_the_same_fields(Golden golden) throws Exception {
    JsonNode json = CeleryJson.MAPPER.readTree(golden.message().body());
    List<Event> events = EventCodec.decode(golden.message().body());

    assertThat(events).hasSize(json.isArray() ? json.size() : 1);
    for (int i = 0; i < events.size(); i++) {
      JsonNode original = json.isArray() ? json.get(i) : json;
      JsonNode written = CeleryJson.MAPPER.readTree(EventCodec.encode(events.get(i)));
      for (var field : original.properties()) {
        if (field.getKey().equals("timestamp")) {
          assertThat(written.get("timestamp").doubleValue())
              .isCloseTo(field.getValue().doubleValue(), within(0.000001));
        } else if (!NOT_WRITTEN.contains(field.getKey())) {
          assertThat(written.get(field.getKey())).as(field.getKey()).isEqualTo(field.getValue());
        }
      }
    }
    assertThat(EventCodec.decode(EventCodec.encodeBatch(events))).isEqualTo(events);
  }

  @ParameterizedTest
  @MethodSource("all")
  void uses_celerys_routing_keys(Golden golden) throws Exception {
    List<Event> events = EventCodec.decode(golden.message().body());
    boolean list = golden.name().contains("multi");

    assertThat(golden.routingKey())
        .isEqualTo(list ? EventCodec.BATCH_ROUTING_KEY : EventCodec.routingKey(events.getFirst()));
  }

  @Test
  void has_seen_every_type_of_celerys_that_it_knows() throws Exception {
    List<Event> events = new ArrayList<>();
    for (Golden golden : all().toList()) {
      events.addAll(EventCodec.decode(golden.message().body()));
    }

    Set<Object> types =
        events.stream()
            .map(
                event ->
                    switch (event) {
                      case TaskEvent task -> (Object) task.type();
                      case WorkerEvent worker -> worker.type();
                    })
            .collect(Collectors.toSet());
    assertThat(types)
        .containsAll(EnumSet.complementOf(EnumSet.of(TaskEvent.Type.PROGRESS)))
        .contains((Object[]) WorkerEvent.Type.values());
  }

  @Test
  void reads_a_heartbeat() throws Exception {
    WorkerEvent event =
        (WorkerEvent)
            EventCodec.decode(Golden.of("event/worker-heartbeat").message().body()).getFirst();

    assertThat(event.hostname()).isEqualTo("worker1@example.com");
    assertThat(event.swIdent()).isEqualTo("py-celery");
    assertThat(event.freq()).isEqualTo(2);
    assertThat(event.timestamp()).isAfter(Instant.parse("2026-01-01T00:00:00Z"));
    assertThat(event.aliveUntil()).isEqualTo(event.timestamp().plusSeconds(4));
  }
}
