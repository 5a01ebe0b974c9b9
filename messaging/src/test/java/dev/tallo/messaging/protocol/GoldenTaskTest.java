package dev.tallo.messaging.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.rabbitmq.client.AMQP;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tasks as a real Celery sent them. */
class GoldenTaskTest {

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  static Stream<Golden> protocol2() {
    return Golden.names("task").stream().filter(name -> !name.contains("v1")).map(Golden::of);
  }

  static Stream<Golden> protocol1() {
    return Golden.names("task").stream().filter(name -> name.contains("v1")).map(Golden::of);
  }

  @ParameterizedTest
  @MethodSource("protocol2")
  void writes_protocol_2_back_as_it_came(Golden golden) throws Exception {
    TaskMessage task = TaskCodec.decode(golden.message());

    AmqpMessage written = Wire.sent(TaskCodec.encode(task));

    assertThat(TaskCodec.decode(written)).isEqualTo(task);
    assertThat(CeleryJson.MAPPER.readTree(written.body()))
        .isEqualTo(CeleryJson.MAPPER.readTree(json(golden)));
    assertThat(written.properties().getHeaders())
        .containsAllEntriesOf(comparable(golden.message().properties()));
  }

  @ParameterizedTest
  @MethodSource("protocol2")
  void reads_the_headers_of_protocol_2_without_the_body(Golden golden) throws Exception {
    AmqpMessage headersOnly = new AmqpMessage(golden.message().properties(), new byte[] {'{'});

    assertThat(TaskCodec.decodeHeaders(headersOnly))
        .isEqualTo(TaskCodec.decode(golden.message()).headers());
  }

  @ParameterizedTest
  @MethodSource("protocol1")
  void reads_the_headers_of_protocol_1_from_the_body(Golden golden) throws Exception {
    assertThat(TaskCodec.decodeHeaders(golden.message()))
        .isEqualTo(TaskCodec.decode(golden.message()).headers());
  }

  @ParameterizedTest
  @MethodSource("protocol2")
  void shows_arguments_as_celery_does(Golden golden) throws Exception {
    TaskMessage task = TaskCodec.decode(golden.message());

    if (!golden.name().equals("task/values")) { // there it shows values before they were JSON
      assertThat(PythonRepr.args(task.body().args())).isEqualTo(golden.header("argsrepr"));
    }
    assertThat(PythonRepr.kwargs(task.body().kwargs())).isEqualTo(golden.header("kwargsrepr"));
  }

  @Test
  void reads_a_plain_task() throws Exception {
    Golden golden = Golden.of("task/plain");

    TaskMessage task = TaskCodec.decode(golden.message());

    assertThat(task)
        .isEqualTo(
            new TaskMessage(
                new TaskHeaders(
                    "py",
                    "proj.tasks.add",
                    "plain",
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    OptionalInt.empty(),
                    0,
                    TimeLimits.NONE,
                    Optional.of("plain"),
                    Optional.empty(),
                    "(2, 2)",
                    "{}",
                    Optional.of(golden.header("origin")),
                    false,
                    0,
                    List.of(),
                    Map.of(),
                    Map.of()),
                new TaskBody(NODES.arrayNode().add(2).add(2), NODES.objectNode(), Embed.NONE),
                Optional.of(golden.readable().at("/properties/reply_to").textValue()),
                0));
  }

  @Test
  void reads_arguments_by_name() throws Exception {
    TaskBody body = TaskCodec.decode(Golden.of("task/kwargs").message()).body();

    assertThat(body.args()).isEmpty();
    assertThat(body.kwargs()).isEqualTo(NODES.objectNode().put("x", 2).put("y", "drei 🌱 \n'q'"));
  }

  @Test
  void reads_eta_and_expires() throws Exception {
    Golden golden = Golden.of("task/eta");

    TaskHeaders headers = TaskCodec.decodeHeaders(golden.message());

    assertThat(headers.eta()).contains(OffsetDateTime.parse("2026-11-22T19:42:55.244775Z"));
    assertThat(headers.expires()).contains(OffsetDateTime.parse(golden.header("expires")));
    assertThat(headers.shadow()).contains("plus");
    assertThat(TaskCodec.decodeHeaders(Golden.of("task/naive-eta").message()).eta())
        .contains(OffsetDateTime.parse("2026-11-22T19:42:55Z"));
  }

  @Test
  void reads_every_option_and_custom_headers_of_every_type() throws Exception {
    TaskMessage task = TaskCodec.decode(Golden.of("task/options").message());

    assertThat(task.priority()).isEqualTo(7);
    assertThat(task.replyTo()).contains("answers");
    assertThat(task.headers().retries()).isEqualTo(2);
    assertThat(task.headers().ignoreResult()).isTrue();
    assertThat(task.headers().timeLimits())
        .isEqualTo(
            new TimeLimits(
                Optional.of(Duration.ofSeconds(30)), Optional.of(Duration.ofMillis(20_500))));
    assertThat(task.headers().custom())
        .isEqualTo(
            TaskCodecTest.map(
                "x-tenant",
                "acme",
                "attempt",
                3,
                "share",
                0.25,
                "urgent",
                true,
                "nothing",
                null,
                "labels",
                Arrays.asList("a", Map.of("b", "c"), -1),
                "nested",
                Map.of("deep", Map.of("er", "ü"))));
  }

  @Test
  void reads_callbacks_and_errbacks() throws Exception {
    Embed embed = TaskCodec.decode(Golden.of("task/links").message()).body().embed();

    assertThat(embed.callbacks())
        .containsExactly(
            Signature.of("proj.tasks.add", NODES.arrayNode().add(10), NODES.objectNode()),
            new Signature(
                "proj.tasks.add",
                NODES.arrayNode().add(3).add(4),
                NODES.objectNode(),
                NODES.objectNode(),
                Optional.empty(),
                true,
                Map.of()));
    assertThat(embed.errbacks())
        .containsExactly(Signature.of("proj.tasks.err", NODES.arrayNode(), NODES.objectNode()));
    assertThat(embed.chain()).isEmpty();
  }

  @Test
  void reads_what_is_left_of_a_chain_in_reverse() throws Exception {
    Embed embed = TaskCodec.decode(Golden.of("task/chain").message()).body().embed();

    assertThat(embed.chain())
        .extracting(Signature::args)
        .containsExactly(NODES.arrayNode().add(8), NODES.arrayNode().add(4));
    assertThat(embed.chain().getFirst().options().path("task_id").asText()).isEqualTo("chain");
  }

  @Test
  void reads_group_and_chord() throws Exception {
    TaskMessage first = TaskCodec.decode(Golden.of("task/group-1").message());
    TaskMessage second = TaskCodec.decode(Golden.of("task/group-2").message());
    TaskMessage header = TaskCodec.decode(Golden.of("task/chord-2").message());

    assertThat(first.headers().group()).contains("group").isEqualTo(second.headers().group());
    assertThat(second.headers().groupIndex()).isEmpty(); // of a plain group 5.2 tells no places
    assertThat(header.headers().groupIndex()).hasValue(1);
    assertThat(header.body().embed().chord().orElseThrow().task()).isEqualTo("proj.tasks.xsum");
  }

  @Test
  void reads_compressed_tasks_of_either_protocol() throws Exception {
    for (String name : List.of("task/compressed", "task/v1-compressed")) {
      TaskMessage task = TaskCodec.decode(Golden.of(name).message());

      assertThat(task.body().kwargs().get("y").textValue()).isEqualTo("long ".repeat(400));
      assertThat(task.headers().custom()).isEmpty();
    }
  }

  @Test
  void reads_values_that_json_has_not() throws Exception {
    ArrayNode values = TaskCodec.decode(Golden.of("task/values").message()).body().args();

    assertThat(values.get(4).bigIntegerValue()).isEqualTo(java.math.BigInteger.TWO.pow(70));
    assertThat(values.get(6).doubleValue()).isNaN();
    assertThat(values.get(7).doubleValue()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(values.get(8).textValue()).isEqualTo("2026-01-02T03:04:05Z");
    assertThat(values.get(14).textValue()).isEqualTo("\ud800");
  }

  @Test
  void reads_protocol_1() throws Exception {
    Golden golden = Golden.of("task/v1-options");

    TaskMessage task = TaskCodec.decode(golden.message());

    TaskHeaders headers = task.headers();
    assertThat(task.id()).isEqualTo("v1-options");
    assertThat(task.task()).isEqualTo("proj.tasks.add");
    assertThat(task.replyTo()).contains("answers");
    assertThat(task.priority()).isEqualTo(3);
    assertThat(headers.eta()).contains(OffsetDateTime.parse("2026-11-22T19:42:55.244775Z"));
    assertThat(headers.expires()).isPresent();
    assertThat(headers.retries()).isEqualTo(1);
    assertThat(headers.group()).contains("g1");
    assertThat(headers.timeLimits().hard()).contains(Duration.ofSeconds(30));
    assertThat(headers.timeLimits().soft()).contains(Duration.ofSeconds(20));
    assertThat(headers.argsRepr()).isEqualTo("(1,)");
    assertThat(headers.kwargsRepr()).isEqualTo("{'y': 2}");
    assertThat(task.body().args()).isEqualTo(NODES.arrayNode().add(1));
    assertThat(task.body().kwargs()).isEqualTo(NODES.objectNode().put("y", 2));
    assertThat(task.body().embed().callbacks()).hasSize(1);
    assertThat(task.body().embed().errbacks()).hasSize(1);
  }

  @Test
  void reads_the_hybrid_of_both_protocols_headers_first() throws Exception {
    ObjectNode body =
        (ObjectNode) CeleryJson.MAPPER.readTree(Golden.of("task/v1-options").message().body());
    body.put("id", "not this one");
    Map<String, Object> headers = Map.of("task", "proj.tasks.add", "id", "hybrid", "retries", 5);
    AmqpMessage hybrid =
        new AmqpMessage(
            new AMQP.BasicProperties.Builder()
                .contentType("application/json")
                .headers(headers)
                .build(),
            CeleryJson.MAPPER.writeValueAsBytes(body));

    TaskMessage task = TaskCodec.decode(Wire.sent(hybrid));

    assertThat(task.id()).isEqualTo("hybrid");
    assertThat(task.headers().retries()).isEqualTo(5);
    assertThat(task.headers().group()).contains("g1");
    assertThat(task.body().args()).isEqualTo(NODES.arrayNode().add(1));
    assertThat(TaskCodec.decodeHeaders(hybrid).id()).isEqualTo("hybrid");
  }

  private static byte[] json(Golden golden) throws Exception {
    JsonNode text = golden.readable().get("body");
    if (text.isTextual()) {
      return text.textValue().getBytes(StandardCharsets.UTF_8);
    }
    try (var inflated =
        new java.util.zip.InflaterInputStream(
            new java.io.ByteArrayInputStream(golden.message().body()))) {
      return inflated.readAllBytes();
    }
  }

  /** Without the compression, the repr of a lone surrogate, and a time that gets its offset. */
  private static Map<String, Object> comparable(AMQP.BasicProperties properties) {
    Map<String, Object> headers = new HashMap<>(properties.getHeaders());
    headers.remove("compression");
    if (headers.get("id").toString().equals("values")) {
      headers.remove("argsrepr");
    }
    if (headers.get("id").toString().equals("naive-eta")) {
      headers.remove("eta");
    }
    return headers;
  }
}
