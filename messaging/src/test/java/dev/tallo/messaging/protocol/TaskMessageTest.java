package dev.tallo.messaging.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.rabbitmq.client.LongString;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a sender may put into a task, and what becomes of it on the wire. */
class TaskMessageTest {

  static Stream<Arguments> headerValues() {
    return Stream.of(
        Arguments.of("text", "text"),
        Arguments.of(true, true),
        Arguments.of(7, 7),
        Arguments.of((short) 7, 7),
        Arguments.of((byte) -7, -7),
        Arguments.of(7L, 7),
        Arguments.of(1795376515362L, 1795376515362.0),
        Arguments.of(Long.MIN_VALUE, (double) Long.MIN_VALUE),
        Arguments.of(Long.MAX_VALUE, "9223372036854775807"),
        Arguments.of(BigInteger.TEN.pow(400), "1" + "0".repeat(400)),
        Arguments.of(1.5f, 1.5),
        Arguments.of(new BigDecimal("1.5"), 1.5),
        Arguments.of(new BigDecimal("0.1"), 0.1),
        Arguments.of(new BigDecimal("1.00000000000000000001"), "1.00000000000000000001"),
        Arguments.of(Instant.EPOCH, "1970-01-01T00:00:00Z"),
        Arguments.of(JsonNodeFactory.instance.objectNode().put("a", 1L), Map.of("a", 1)),
        Arguments.of(JsonNodeFactory.instance.textNode("t"), "t"),
        Arguments.of(List.of(1L, List.of((short) 2)), List.of(1, List.of(2))),
        Arguments.of(Map.of("k", 3L), Map.of("k", 3)));
  }

  @ParameterizedTest
  @MethodSource("headerValues")
  void writes_header_values_only_in_types_that_every_client_reads_right(
      Object value, Object written) {
    TaskMessage task = TaskMessage.builder("1", "t").header("mine", value).build();

    Object received = Wire.sent(TaskCodec.encode(task)).properties().getHeaders().get("mine");

    assertThat(plain(received)).isEqualTo(written);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"task", "id", "eta", "compression", "stamps", "x-death", "x-delivery-count", ""})
  void refuses_header_names_that_are_taken(String name) {
    TaskMessage.Builder task = TaskMessage.builder("1", "t");

    assertThatThrownBy(() -> task.header(name, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + name + "'");
  }

  @Test
  void refuses_header_values_that_cannot_be_sent() {
    TaskMessage.Builder task = TaskMessage.builder("1", "t");

    assertThatThrownBy(() -> task.header("mine", new Object()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'mine' must be text");
    assertThatThrownBy(() -> task.header("n".repeat(256), 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> task.header("mine", Map.of("ü".repeat(128), 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("longer than 255 bytes");
    Object nested = 1;
    for (int i = 0; i < 40; i++) {
      nested = List.of(nested);
    }
    Object deep = nested;
    assertThatThrownBy(() -> task.header("mine", deep))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nested deeper than 32");
  }

  @Test
  void refuses_headers_that_fit_no_frame() {
    TaskMessage task =
        TaskMessage.builder("1", "t").header("mine", "x".repeat(HeaderValues.LARGEST)).build();

    assertThatThrownBy(() -> TaskCodec.encode(task))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 65536 fit");
  }

  @Test
  void refuses_what_is_out_of_bounds() {
    assertThatThrownBy(() -> TaskMessage.builder("", "t").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("id");
    assertThatThrownBy(() -> TaskMessage.builder("1", "").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("name");
    assertThatThrownBy(() -> TaskMessage.builder("1", "t").priority(256).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 to 255");
    assertThatThrownBy(() -> TaskMessage.builder("1", "t").retries(-1).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("retries");
    assertThatThrownBy(() -> new TimeLimits(Optional.of(Duration.ZERO), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hard");
    assertThatThrownBy(() -> TaskCodec.encode(TaskMessage.builder("1".repeat(256), "t").build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'id' must have at most 255 bytes");
  }

  @Test
  void refuses_arguments_that_no_receiver_would_read() {
    ArrayNode deep = JsonNodeFactory.instance.arrayNode();
    ArrayNode args = deep;
    for (int i = 0; i < CeleryJson.MAX_DEPTH; i++) {
      deep = deep.addArray();
    }
    TaskMessage task = TaskMessage.builder("1", "t").args(args).build();

    assertThatThrownBy(() -> TaskCodec.encode(task))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nesting depth");
  }

  @Test
  void makes_the_next_attempt_from_a_received_one() {
    TaskMessage first =
        TaskMessage.builder("1", "t")
            .args(JsonNodeFactory.instance.arrayNode().add(1))
            .header("mine", 1)
            .build();

    TaskMessage second = first.toBuilder().retries(1).parentId("1").header("also", 2).build();

    assertThat(second.id()).isEqualTo("1");
    assertThat(second.headers().retries()).isEqualTo(1);
    assertThat(second.headers().argsRepr()).isEqualTo("(1,)");
    assertThat(second.headers().custom()).isEqualTo(Map.of("mine", 1, "also", 2));
    assertThat(first.headers().custom()).isEqualTo(Map.of("mine", 1));
    assertThat(second.toBuilder().args(JsonNodeFactory.instance.arrayNode()).build().headers())
        .extracting(TaskHeaders::argsRepr)
        .isEqualTo("()");
  }

  private static @Nullable Object plain(@Nullable Object value) {
    return switch (value) {
      case LongString text -> text.toString();
      case Object[] array -> plain(Arrays.asList(array));
      case List<?> list -> list.stream().map(TaskMessageTest::plain).toList();
      case null, default -> value;
    };
  }

  @Test
  void tells_when_it_was_sent_and_since_when_it_could_have_begun() throws Exception {
    Instant sent = Instant.parse("2026-01-31T12:00:00.123Z");
    TaskMessage.Builder task = TaskMessage.builder("id", "demo.add").sentAt(sent);
    TaskHeaders read = TaskCodec.decodeHeaders(TaskCodec.encode(task.build()));
    assertThat(read.sentAt()).contains(sent);
    assertThat(read.availableSince()).contains(sent);
    OffsetDateTime later = sent.plusSeconds(5).atOffset(ZoneOffset.UTC);
    assertThat(task.eta(later).build().headers().availableSince()).contains(later.toInstant());
    OffsetDateTime before = sent.minusSeconds(5).atOffset(ZoneOffset.UTC);
    assertThat(task.eta(before).build().headers().availableSince()).contains(sent);
    assertThat(TaskMessage.builder("id", "demo.add").build().headers().availableSince()).isEmpty();
  }
}
