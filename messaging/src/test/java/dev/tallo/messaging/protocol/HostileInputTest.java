package dev.tallo.messaging.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.impl.LongStringHelper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that nobody well-meaning sends. */
class HostileInputTest {

  private static final String BODY = "[[2],{},{}]";

  @Test
  void only_task_and_id_are_required() throws Exception {
    TaskMessage task = TaskCodec.decode(message(Map.of("task", "t", "id", "1"), BODY));

    assertThat(task.headers().lang()).isEqualTo("py");
    assertThat(task.priority()).isEqualTo(4);
    assertThat(task.headers().timeLimits()).isEqualTo(TimeLimits.NONE);
    assertThat(task.body().embed()).isEqualTo(Embed.NONE);
    assertRefused(message(Map.of("task", "t"), BODY)).hasMessageContaining("'id' is missing");
    assertRefused(message(Map.of("id", "1"), BODY)).hasMessageContaining("'task' is missing");
    assertRefused(message(Map.of("task", "", "id", "1"), BODY))
        .hasMessageContaining("'task' is missing");
    assertRefused(message(Map.of("task", "t", "id", "i".repeat(256)), BODY))
        .hasMessageContaining("'id' must be text of at most 255 bytes");
  }

  @Test
  void reads_long_strings_and_numbers_of_any_type_anywhere() throws Exception {
    Map<String, @Nullable Object> headers = new HashMap<>();
    headers.put("task", LongStringHelper.asLongString("t"));
    headers.put("id", LongStringHelper.asLongString("1"));
    headers.put("retries", 3L);
    headers.put("group_index", (short) 2);
    headers.put("replaced_task_nesting", (byte) 1);
    headers.put("timelimit", Arrays.asList(new BigDecimal("1.5"), 2.0f));
    headers.put("eta", new Date(0));
    headers.put("stamped_headers", List.of(LongStringHelper.asLongString("s")));
    headers.put("stamps", Map.of("s", LongStringHelper.asLongString("v")));
    headers.put("mine", List.of(Map.of("k", List.of(LongStringHelper.asLongString("deep")))));

    TaskHeaders read = TaskCodec.decodeHeaders(new AmqpMessage(properties(headers), bytes(BODY)));

    assertThat(read.task()).isEqualTo("t");
    assertThat(read.retries()).isEqualTo(3);
    assertThat(read.groupIndex()).hasValue(2);
    assertThat(read.replacedTaskNesting()).isEqualTo(1);
    assertThat(read.timeLimits().hard().orElseThrow()).hasMillis(1500);
    assertThat(read.timeLimits().soft().orElseThrow()).hasMillis(2000);
    assertThat(read.eta().orElseThrow().toInstant()).isEqualTo(new Date(0).toInstant());
    assertThat(read.stampedHeaders()).containsExactly("s");
    assertThat(read.stamps()).isEqualTo(Map.of("s", "v"));
    assertThat(read.custom()).isEqualTo(Map.of("mine", List.of(Map.of("k", List.of("deep")))));
  }

  @Test
  void leaves_out_what_the_broker_added() throws Exception {
    Map<String, Object> headers = new HashMap<>(Map.of("task", "t", "id", "1", "x-mine", 1));
    for (String name :
        List.of(
            "x-death",
            "x-first-death-queue",
            "x-last-death-reason",
            "x-delivery-count",
            "x-delivery-limit")) {
      headers.put(name, List.of(Map.of("count", 1L)));
    }

    assertThat(TaskCodec.decodeHeaders(message(headers, BODY)).custom())
        .isEqualTo(Map.of("x-mine", 1));
  }

  static Stream<Arguments> wrongHeaders() {
    return Stream.of(
            wrong("lang", 1),
            wrong("shadow", List.of()),
            wrong(
                "eta",
                "soon",
                1.5,
                "2026-13-01T00:00:00",
                "2026-01-01T00:00:00+99:00",
                "2026-01-01T",
                "2026-01-01T00:00:00 junk"),
            wrong("expires", "never", true),
            wrong("group", true),
            wrong("group_index", -1, 1.5, "1"),
            wrong("retries", -1, "3", 1L << 40, Double.NaN, Map.of()),
            wrong(
                "timelimit",
                5,
                List.of("1", "2"),
                List.of(-1, 1),
                List.of(1, 2, 3),
                List.of(Double.NaN, 1),
                List.of(1e300, 1)),
            wrong("root_id", 7),
            wrong("parent_id", 7),
            wrong("argsrepr", 7),
            wrong("kwargsrepr", new byte[] {1}),
            wrong("origin", 7),
            wrong("ignore_result", "yes", 1),
            wrong("replaced_task_nesting", "1"),
            wrong("stamped_headers", "s", List.of(1)),
            wrong("stamps", "s", List.of()))
        .flatMap(each -> each);
  }

  private static Stream<Arguments> wrong(String name, Object... values) {
    return Stream.of(values).map(value -> Arguments.of(name, value));
  }

  @ParameterizedTest
  @MethodSource("wrongHeaders")
  void names_the_header_that_is_wrong(String name, Object value) {
    Map<String, Object> headers = new HashMap<>(Map.of("task", "t", "id", "1"));
    headers.put(name, value);

    assertRefused(message(headers, BODY)).hasMessageContaining("The header '" + name + "' must be");
    assertThatThrownBy(() -> TaskCodec.decodeHeaders(message(headers, BODY)))
        .isInstanceOf(UndecodableMessageException.class);
  }

  @Test
  void refuses_headers_nested_without_end() {
    Object nested = "bottom";
    for (int i = 0; i < 100; i++) {
      nested = List.of(nested);
    }

    assertRefused(message(Map.of("task", "t", "id", "1", "deep", nested), BODY))
        .hasMessageContaining("'deep' is nested deeper");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``|empty",
        "`  `|empty",
        "[|not valid JSON",
        "[]|'args' is missing",
        "[[]]|'kwargs' is missing",
        "[[],{}]|'embed' is missing",
        "[[],{},{},1]|more than these three",
        "[[],{},{}]]|not valid JSON",
        "[[],{},{}] 1|goes on",
        "[[],{},{}]x|not valid JSON",
        "[1,{},{}]|'args' must be a list",
        "[{},{},{}]|'args' must be a list",
        "[[],[],{}]|'kwargs' must be an object",
        "[[],{},[]]|'embed' must be an object",
        "[[],{},7]|'embed' must be an object",
        "[[],{},{\"chord\":7}]|'chord' must be a signature",
        "[[],{},{\"chain\":7}]|'chain' must be a list of signatures",
        "[[],{},{\"callbacks\":[7]}]|'callbacks[0]' must be a signature",
        "[[],{},{\"errbacks\":[{\"task\":7}]}]|'errbacks[0].task' must be the name",
        "[[],{},{\"errbacks\":[{\"task\":\"t\",\"args\":7}]}]|'errbacks[0].args' must be a list",
        "[[],{},{\"chord\":{\"task\":\"t\",\"options\":7}}]|'chord.options' must be an object",
        "[[],{},{\"chord\":{\"task\":\"t\",\"immutable\":7}}]|'chord.immutable' must be",
        "[[],{},{\"chord\":{\"task\":\"t\",\"subtask_type\":7}}]|'chord.subtask_type' must be",
        "7|must be [args",
        "null|must be [args",
        "[[tru],{},{}]|not valid JSON",
        "{\"args\":7}|'args' must be a list",
        "{\"kwargs\":7}|'kwargs' must be an object",
      })
  void says_what_is_wrong_with_a_body(String body, String problem) {
    assertRefused(message(Map.of("task", "t", "id", "1"), body)).hasMessageContaining(problem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "7", "\"text\"", "{}", "{\"task\":7,\"id\":8}"})
  void says_what_a_body_without_headers_lacks(String body) {
    assertRefused(message(Map.of(), body)).hasMessageContaining("'task'");
  }

  @Test
  void takes_null_for_no_arguments() throws Exception {
    TaskBody body =
        TaskCodec.decode(message(Map.of("task", "t", "id", "1"), "[null,null,null]")).body();

    assertThat(body.args()).isEmpty();
    assertThat(body.kwargs()).isEmpty();
    assertThat(body.embed()).isEqualTo(Embed.NONE);
  }

  @Test
  void refuses_what_is_not_utf_8() {
    byte[] body = bytes("[[\"xx\"],{},{}]");
    body[3] = (byte) 0xc3;
    body[4] = (byte) 0x28;

    assertRefused(new AmqpMessage(properties(Map.of("task", "t", "id", "1")), body))
        .hasMessageContaining("not valid JSON");
  }

  @Test
  void refuses_json_nested_without_end() {
    String deep = "[".repeat(100_000) + "]".repeat(100_000);

    assertRefused(message(Map.of("task", "t", "id", "1"), "[" + deep + ",{},{}]"))
        .hasMessageContaining("not valid JSON");
    assertRefused(message(Map.of(), "{\"task\":\"t\",\"id\":\"1\",\"args\":" + deep + "}"))
        .hasMessageContaining("not valid JSON");
  }

  @Test
  void says_which_content_types_encodings_and_compressions_it_understands() {
    Map<String, Object> headers = Map.of("task", "t", "id", "1");
    AMQP.BasicProperties json = properties(headers);

    assertRefused(
            new AmqpMessage(
                json.builder().contentType("application/x-python-serialize").build(), bytes(BODY)))
        .hasMessageContaining("'application/x-python-serialize'")
        .hasMessageContaining("only application/json");
    assertRefused(new AmqpMessage(json.builder().contentEncoding("binary").build(), bytes(BODY)))
        .hasMessageContaining("'binary'")
        .hasMessageContaining("only utf-8");
    assertRefused(message(Map.of("task", "t", "id", "1", "compression", "application/zstd"), BODY))
        .hasMessageContaining("'application/zstd'")
        .hasMessageContaining("only application/x-gzip");
  }

  @ParameterizedTest
  @CsvSource({
    "application/json;charset=utf-8, UTF-8",
    "Application/JSON, utf8",
    "application/json, us-ascii"
  })
  void understands_other_spellings(String contentType, String encoding) throws Exception {
    AMQP.BasicProperties properties =
        properties(Map.of("task", "t", "id", "1"))
            .builder()
            .contentType(contentType)
            .contentEncoding(encoding)
            .build();

    assertThat(TaskCodec.decode(new AmqpMessage(properties, bytes(BODY))).body().args()).hasSize(1);
  }

  @Test
  void does_not_inflate_without_end() throws Exception {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflate = new DeflaterOutputStream(bomb)) {
      byte[] spaces = new byte[1 << 20];
      Arrays.fill(spaces, (byte) ' ');
      for (int i = 0; i <= Content.MAX_INFLATED >> 20; i++) {
        deflate.write(spaces);
      }
    }

    assertRefused(compressed(bomb.toByteArray())).hasMessageContaining("more than the 67108864");
  }

  @Test
  void refuses_compressed_bodies_that_are_none_or_end_early() throws Exception {
    byte[] good = deflated("[[\"" + "x".repeat(50_000) + "\"],{},{}]");

    assertThat(TaskCodec.decode(compressed(good)).body().args().get(0).textValue()).hasSize(50_000);
    assertRefused(compressed(Arrays.copyOf(good, good.length / 2))).hasMessageContaining("cut off");
    assertRefused(compressed(bytes(BODY))).hasMessageContaining("not the zlib stream");
    assertRefused(compressed(new byte[0])).hasMessageContaining("cut off");
    byte[] dictionary = Base64.getDecoder().decode("eLsAAAAA");
    assertRefused(compressed(dictionary));
  }

  /** Golden messages with a few bytes changed: whatever happens, it is one kind of exception. */
  @Test
  void survives_any_damage_to_body_and_headers() {
    Random random = new Random(20261122);
    List<Golden> goldens =
        List.of("task", "result", "event").stream()
            .flatMap(kind -> Golden.names(kind).stream())
            .map(Golden::of)
            .toList();
    int refused = 0;
    for (int round = 0; round < 5_000; round++) {
      Golden golden = goldens.get(random.nextInt(goldens.size()));
      byte[] body = golden.message().body().clone();
      for (int i = random.nextInt(4); i >= 0; i--) {
        body[random.nextInt(body.length)] = (byte) random.nextInt(256);
      }
      if (random.nextBoolean()) {
        body = Arrays.copyOf(body, random.nextInt(body.length));
      }
      Map<String, Object> headers = new HashMap<>();
      golden.message().properties().getHeaders().forEach(headers::put);
      List<String> names = new ArrayList<>(headers.keySet());
      if (!names.isEmpty() && random.nextBoolean()) {
        Object garbage =
            switch (random.nextInt(5)) {
              case 0 -> List.of(1L);
              case 1 -> Map.of();
              case 2 -> LongStringHelper.asLongString("x".repeat(random.nextInt(300)));
              case 3 -> Double.MAX_VALUE;
              default -> new byte[] {1};
            };
        headers.put(names.get(random.nextInt(names.size())), garbage);
      }
      AmqpMessage damaged =
          new AmqpMessage(golden.message().properties().builder().headers(headers).build(), body);
      try {
        if (golden.name().startsWith("task")) {
          Wire.sent(TaskCodec.encode(TaskCodec.decode(damaged)));
        } else if (golden.name().startsWith("result")) {
          ResultCodec.decode(damaged).outcomes().forEach(ResultCodec::encodeOutcome);
        } else {
          EventCodec.encodeBatch(EventCodec.decode(damaged.body()));
        }
      } catch (UndecodableMessageException e) {
        assertThat(e.getMessage()).isNotBlank().hasSizeLessThan(1000);
        refused++;
      }
    }
    assertThat(refused).isBetween(1000, 4999);
  }

  private static AbstractThrowableAssert<?, ?> assertRefused(AmqpMessage message) {
    return assertThatThrownBy(() -> TaskCodec.decode(message))
        .isInstanceOf(UndecodableMessageException.class);
  }

  private static AmqpMessage compressed(byte[] body) {
    return new AmqpMessage(
        properties(Map.of("task", "t", "id", "1", "compression", "application/x-gzip")), body);
  }

  private static byte[] deflated(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflate = new DeflaterOutputStream(bytes)) {
      deflate.write(bytes(text));
    }
    return bytes.toByteArray();
  }

  private static AmqpMessage message(Map<String, ?> headers, String body) {
    return new AmqpMessage(properties(headers), bytes(body));
  }

  private static AMQP.BasicProperties properties(Map<String, ?> headers) {
    return new AMQP.BasicProperties.Builder()
        .contentType("application/json")
        .contentEncoding("utf-8")
        .headers(new HashMap<>(headers))
        .build();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
