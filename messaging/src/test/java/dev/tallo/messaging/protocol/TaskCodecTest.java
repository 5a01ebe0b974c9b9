package dev.tallo.messaging.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.rabbitmq.client.AMQP;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What Tallo writes, and that it reads it back. */
class TaskCodecTest {

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  @Test
  void writes_the_properties_and_all_nineteen_headers_of_protocol_2() {
    AmqpMessage message = Wire.sent(TaskCodec.encode(add().build()));

    AMQP.BasicProperties properties = message.properties();
    assertThat(properties.getContentType()).isEqualTo("application/json");
    assertThat(properties.getContentEncoding()).isEqualTo("utf-8");
    assertThat(properties.getDeliveryMode()).isEqualTo(2);
    assertThat(properties.getPriority()).isEqualTo(4);
    assertThat(properties.getMessageId()).isEqualTo("t1");
    assertThat(properties.getCorrelationId()).isEqualTo("t1");
    assertThat(properties.getReplyTo()).isNull();
    assertThat(properties.getExpiration()).isNull();
    assertThat(texts(properties.getHeaders()))
        .containsExactlyInAnyOrderEntriesOf(
            map(
                "lang",
                "java",
                "task",
                "proj.tasks.add",
                "id",
                "t1",
                "shadow",
                null,
                "eta",
                null,
                "expires",
                null,
                "group",
                null,
                "group_index",
                null,
                "retries",
                0,
                "timelimit",
                Arrays.asList(null, null),
                "root_id",
                "t1",
                "parent_id",
                null,
                "argsrepr",
                "(2,)",
                "kwargsrepr",
                "{'y': 3}",
                "origin",
                null,
                "ignore_result",
                false,
                "replaced_task_nesting",
                0,
                "stamped_headers",
                null,
                "stamps",
                Map.of()));
    assertThat(new String(message.body(), StandardCharsets.UTF_8))
        .isEqualTo(
            "[[2],{\"y\":3},{\"callbacks\":null,\"errbacks\":null,\"chain\":null,\"chord\":null}]");
  }

  @Test
  void reads_back_everything_that_a_task_can_have() throws Exception {
    Signature signature =
        new Signature(
            "proj.tasks.next",
            NODES.arrayNode().add(1),
            NODES.objectNode().put("a", "b"),
            NODES.objectNode().put("task_id", "t2"),
            Optional.of("chord"),
            true,
            Map.of("chord_size", NODES.numberNode(3)));
    TaskMessage task =
        add()
            .replyTo("answers")
            .priority(9)
            .shadow("plus")
            .eta(OffsetDateTime.parse("2026-11-22T19:42:55.244775+01:30"))
            .expires(OffsetDateTime.parse("2026-11-22T20:00:00Z"))
            .group("g1", 2)
            .retries(3)
            .timeLimits(
                new TimeLimits(
                    Optional.of(Duration.ofSeconds(30)), Optional.of(Duration.ofMillis(1500))))
            .rootId("r1")
            .parentId("p1")
            .origin("tallo-producer@host")
            .ignoreResult(true)
            .replacedTaskNesting(1)
            .stamps(List.of("tenant"), Map.of("tenant", "acme"))
            .header("x-tenant", "acmé")
            .header("deep", map("list", Arrays.asList(1, "two", null, 2.5, true), "none", null))
            .embed(
                new Embed(
                    List.of(signature),
                    List.of(signature),
                    List.of(signature),
                    Optional.of(signature)))
            .build();

    assertThat(TaskCodec.decode(Wire.sent(TaskCodec.encode(task)))).isEqualTo(task);
    assertThat(TaskCodec.decodeHeaders(Wire.sent(TaskCodec.encode(task))))
        .isEqualTo(task.headers());
  }

  private static TaskMessage.Builder add() {
    ArrayNode args = NODES.arrayNode().add(2);
    ObjectNode kwargs = NODES.objectNode().put("y", 3);
    return TaskMessage.builder("t1", "proj.tasks.add").args(args).kwargs(kwargs);
  }

  static Map<String, @Nullable Object> map(@Nullable Object... keysAndValues) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }

  private static Map<String, @Nullable Object> texts(Map<String, Object> headers) {
    Map<String, @Nullable Object> texts = new LinkedHashMap<>();
    headers.forEach(
        (name, value) ->
            texts.put(
                name,
                value instanceof List<?> list
                    ? new ArrayList<>(list)
                    : value instanceof com.rabbitmq.client.LongString ? value.toString() : value));
    return texts;
  }
}
