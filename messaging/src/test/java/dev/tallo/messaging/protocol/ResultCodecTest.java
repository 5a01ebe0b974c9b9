package dev.tallo.messaging.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.rabbitmq.client.AMQP;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Results and batches of outcomes, beyond what real Celery of today sends. */
class ResultCodecTest {

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  @Test
  void writes_celerys_five_fields_and_the_others_only_if_known() {
    assertThat(text(ResultCodec.encodeResult(sum(Optional.empty(), TaskResult.Extended.NONE))))
        .isEqualTo(
            "{\"task_id\":\"t1\",\"status\":\"SUCCESS\",\"result\":4,\"traceback\":null,"
                + "\"children\":[]}");
    assertThat(
            text(
                ResultCodec.encodeResult(
                    sum(
                        Optional.of(OffsetDateTime.parse("2026-11-22T19:41:55.829782Z")),
                        new TaskResult.Extended(
                            Optional.of("add"),
                            Optional.of("w1@h"),
                            OptionalInt.of(0),
                            Optional.of("celery"),
                            Optional.of("g1"),
                            Optional.of("p1"),
                            Optional.of("r1"))))))
        .isEqualTo(
            "{\"task_id\":\"t1\",\"status\":\"SUCCESS\",\"result\":4,\"traceback\":null,"
                + "\"children\":[],\"date_done\":\"2026-11-22T19:41:55.829782+00:00\","
                + "\"name\":\"add\",\"worker\":\"w1@h\",\"retries\":0,\"queue\":\"celery\","
                + "\"group_id\":\"g1\",\"parent_id\":\"p1\",\"root_id\":\"r1\"}");
  }

  @Test
  void an_outcome_that_would_be_too_large_is_told_without_its_arguments() throws Exception {
    ArrayNode most = NODES.arrayNode().add("x".repeat(ResultCodec.MAX_WITH_ARGUMENTS));
    for (ArrayNode args : List.of(NODES.arrayNode().add("small"), most)) {
      Outcome whole =
          new Outcome(
              sum(Optional.empty(), TaskResult.Extended.NONE),
              Optional.of(args),
              Optional.of(NODES.objectNode()),
              Optional.empty(),
              Optional.empty(),
              false,
              Optional.empty(),
              Optional.empty());

      byte[] written = ResultCodec.encodeOutcome(whole);

      assertThat(written).hasSizeLessThanOrEqualTo(ResultCodec.MAX_WITH_ARGUMENTS);
      Outcome read =
          ResultCodec.decode(ResultCodec.encodeBatch(List.of(written))).outcomes().getFirst();
      assertThat(read.result().result().asInt()).isEqualTo(4);
      assertThat(read.args()).isEqualTo(args == most ? Optional.empty() : Optional.of(args));
      assertThat(read.kwargs().isPresent()).isEqualTo(args != most);
    }
  }

  @Test
  void correlates_a_result_with_its_task_and_gives_each_message_an_id_of_its_own() {
    TaskResult result = sum(Optional.empty(), TaskResult.Extended.NONE);

    AMQP.BasicProperties first = ResultCodec.encodeResult(result).properties();
    AMQP.BasicProperties second = ResultCodec.encodeResult(result).properties();

    assertThat(first.getCorrelationId()).isEqualTo("t1");
    assertThat(first.getDeliveryMode()).isEqualTo(2);
    assertThat(first.getMessageId()).isNotBlank().isNotEqualTo(second.getMessageId());
  }

  @Test
  void reads_the_longer_results_of_newer_celery_and_ignores_what_it_does_not_know()
      throws Exception {
    Outcome outcome =
        read(
            """
            {"status":"SUCCESS","result":4,"traceback":null,"children":[[["c1",null],null]],
             "date_done":"2026-11-22T19:41:55.829782","group_id":"g1","parent_id":"p1",
             "task_id":"t3","name":"proj.tasks.add","args":[2,2],"kwargs":{},
             "worker":"worker1@example.com","retries":0,"queue":"celery","stamps":{"x":1},
             "periodic_task_name":null}
            """);

    assertThat(outcome.result().taskId()).isEqualTo("t3");
    assertThat(outcome.result().dateDone())
        .contains(OffsetDateTime.parse("2026-11-22T19:41:55.829782Z"));
    assertThat(outcome.result().extended())
        .isEqualTo(
            new TaskResult.Extended(
                Optional.of("proj.tasks.add"),
                Optional.of("worker1@example.com"),
                OptionalInt.of(0),
                Optional.of("celery"),
                Optional.of("g1"),
                Optional.of("p1"),
                Optional.empty()));
    assertThat(outcome.args()).contains(NODES.arrayNode().add(2).add(2));
    assertThat(outcome.kwargs()).contains(NODES.objectNode());
    assertThat(outcome.received()).isEmpty();
    assertThat(outcome.resultIgnored()).isFalse();
  }

  @Test
  void takes_the_task_from_the_correlation_id_if_the_body_names_none() throws Exception {
    assertThat(read("{\"status\":\"SUCCESS\",\"result\":4}").result().taskId())
        .isEqualTo("correlated");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "{\"status\":\"PENDING\"}|'status'",
        "{\"status\":7}|'status'",
        "{}|'status'",
        "{\"status\":\"SUCCESS\",\"task_id\":7}|'task_id'",
        "{\"status\":\"SUCCESS\",\"traceback\":[]}|'traceback'",
        "{\"status\":\"SUCCESS\",\"children\":{\"a\":1}}|'children'",
        "{\"status\":\"SUCCESS\",\"retries\":-1}|'retries'",
        "{\"status\":\"SUCCESS\",\"retries\":\"1\"}|'retries'",
        "{\"status\":\"SUCCESS\",\"date_done\":\"today\"}|'date_done'",
        "{\"status\":\"SUCCESS\",\"worker\":1}|'worker'",
        "[]|an object",
        "7|an object"
      })
  void names_the_field_that_is_wrong(String body, String problem) throws Exception {
    ResultCodec.Decoded decoded = ResultCodec.decode(message("application/json", body));

    assertThat(decoded.outcomes()).isEmpty();
    assertThat(decoded.problems()).singleElement().asString().contains(problem, "Result of task");
  }

  @Test
  void one_bad_outcome_does_not_sink_the_others_of_its_batch() throws Exception {
    byte[] good =
        ResultCodec.encodeOutcome(Outcome.of(sum(Optional.empty(), TaskResult.Extended.NONE)));
    byte[] bad = "{\"task_id\":\"b\",\"status\":\"NEVER\"}".getBytes(StandardCharsets.UTF_8);

    ResultCodec.Decoded decoded =
        ResultCodec.decode(Wire.sent(ResultCodec.encodeBatch(List.of(good, bad, good))));

    assertThat(decoded.outcomes()).hasSize(2);
    assertThat(decoded.problems()).singleElement().asString().contains("task b", "'NEVER'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "7", "[", "[]]"})
  void refuses_a_batch_that_is_no_list(String body) {
    assertThatThrownBy(() -> ResultCodec.decode(message(ResultCodec.OUTCOMES, body)))
        .isInstanceOf(UndecodableMessageException.class);
  }

  @Test
  void bounds_a_batch_by_number_and_bytes_but_takes_any_single_outcome() throws Exception {
    byte[] small =
        ResultCodec.encodeOutcome(Outcome.of(sum(Optional.empty(), TaskResult.Extended.NONE)));
    byte[] large = new byte[ResultCodec.MAX_BYTES];

    assertThat(
            ResultCodec.decode(
                    ResultCodec.encodeBatch(Collections.nCopies(ResultCodec.MAX_OUTCOMES, small)))
                .outcomes())
        .hasSize(ResultCodec.MAX_OUTCOMES);
    assertThatThrownBy(() -> ResultCodec.encodeBatch(Collections.nCopies(201, small)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 200 outcomes, not 201");
    assertThatThrownBy(() -> ResultCodec.encodeBatch(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ResultCodec.encodeBatch(List.of(small, large)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 1048576 bytes");
    assertThat(ResultCodec.encodeBatch(List.of(large)).body()).hasSize(large.length + 2);
  }

  /** Else one task's odd result would sink the batch that it travels in. */
  @Test
  void refuses_to_write_what_it_could_not_read_again() throws Exception {
    ArrayNode deep = NODES.arrayNode();
    ArrayNode inner = deep;
    for (int depth = 3; depth <= CeleryJson.MAX_DEPTH; depth++) {
      inner = inner.addArray();
    }
    byte[] deepest = ResultCodec.encodeOutcome(outcome(deep));
    inner.addArray();

    assertThat(ResultCodec.decode(ResultCodec.encodeBatch(List.of(deepest))).outcomes()).hasSize(1);
    assertRefused(deep);
    assertRefused(NODES.objectNode().put("\ud800", 1));
    assertRefused(NODES.objectNode().put("n".repeat(60_000), 1));
    assertRefused(NODES.numberNode(BigInteger.TEN.pow(1001)));
    assertThat(ResultCodec.encodeOutcome(outcome(NODES.textNode("\ud800")))).isNotEmpty();
  }

  @Test
  void tells_when_the_next_attempt_is_due_if_the_worker_does() throws Exception {
    String retry = "{\"task_id\":\"t1\",\"status\":\"RETRY\",\"result\":null%s}";

    assertThat(read(retry.formatted("")).nextAttempt()).isEmpty();
    assertThat(read(retry.formatted(",\"next_attempt\":null")).nextAttempt()).isEmpty();
    assertThat(read(retry.formatted(",\"next_attempt\":\"2026-11-22T19:41:55Z\"")).nextAttempt())
        .contains(OffsetDateTime.parse("2026-11-22T19:41:55Z"));
  }

  @Test
  void tells_any_arguments_that_could_be_received() throws Exception {
    int depth = CeleryJson.MAX_DEPTH - 1;
    String body = "[" + "[".repeat(depth) + "]".repeat(depth) + ",{},{}]";
    AMQP.BasicProperties task =
        new AMQP.BasicProperties.Builder().headers(Map.of("task", "t", "id", "t1")).build();
    JsonNode args =
        TaskCodec.decode(new AmqpMessage(task, body.getBytes(StandardCharsets.UTF_8)))
            .body()
            .args();
    Outcome outcome =
        new Outcome(
            outcome(NODES.nullNode()).result(),
            Optional.of(args),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false);

    byte[] encoded = ResultCodec.encodeOutcome(outcome);

    assertThat(ResultCodec.decode(ResultCodec.encodeBatch(List.of(encoded, encoded))))
        .isEqualTo(new ResultCodec.Decoded(List.of(outcome, outcome), List.of()));
  }

  private static void assertRefused(JsonNode value) {
    assertThatThrownBy(() -> ResultCodec.encodeOutcome(outcome(value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("JSON");
  }

  private static Outcome outcome(JsonNode value) {
    return Outcome.of(
        new TaskResult(
            "t1",
            State.SUCCESS,
            value,
            Optional.empty(),
            List.of(),
            Optional.empty(),
            TaskResult.Extended.NONE));
  }

  private static Outcome read(String body) throws UndecodableMessageException {
    ResultCodec.Decoded decoded = ResultCodec.decode(message("application/json", body));
    assertThat(decoded.problems()).isEmpty();
    return decoded.outcomes().getFirst();
  }

  private static TaskResult sum(Optional<OffsetDateTime> done, TaskResult.Extended extended) {
    return new TaskResult(
        "t1", State.SUCCESS, NODES.numberNode(4), Optional.empty(), List.of(), done, extended);
  }

  private static AmqpMessage message(String contentType, String body) {
    return new AmqpMessage(
        new AMQP.BasicProperties.Builder()
            .contentType(contentType)
            .contentEncoding("utf-8")
            .correlationId("correlated")
            .build(),
        body.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(AmqpMessage message) {
    return new String(message.body(), StandardCharsets.UTF_8);
  }
}
