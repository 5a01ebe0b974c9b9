package dev.tallo.worker.it;

import static dev.tallo.worker.it.TaskClient.task;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.messaging.protocol.Embed;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.Signature;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskException;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(TestBrokerResource.class)
class TaskExecutionIT {
  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  String address;

  private TaskClient client;

  @BeforeEach
  void connect() throws Exception {
    client = TaskClient.of(address);
  }

  @AfterEach
  void disconnect() throws Exception {
    client.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          sample.value | [2, 3]   | {}                    | 5
          sample.value | [2]      | {"y": 3}              | 5
          sample.value | []       | {"y": 3, "x": 2}      | 5
          sample.void  | []       | {}                    | null
          sample.uni   | ["soon"] | {}                    | "soon"
          sample.stage | [21]     | {}                    | 42
          sample.tree  | [{"a": [1, null]}] | {}          | {"a":[1,null]}
          sample.tree  | [{"__type__": "date", "__value__": "2026-01-02"}] | {} | "2026-01-02"
          sample.defaults | ["a"] | {"dee": ["d"]}        | "aOptional.emptynull[d]"
          sample.defaults | ["a", 1, "c", []] | {}        | "aOptional[1]c[]"
          sample.intercepted | ["x"] | {}                 | "xx"
          sample.class-loader | []   | {}                 | true
          """)
  void returns_what_the_method_returns(String name, String args, String kwargs, String result)
      throws Exception {
    Outcome outcome = client.run(task(name, args, kwargs));

    assertThat(outcome.result().state()).isEqualTo(State.SUCCESS);
    assertThat(outcome.result().result()).isEqualTo(json(result));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          sample.value | [1]          | {}       | misses the argument 'y'; it takes: x, y
          sample.value | [1, 2, 3]    | {}       | takes 2 arguments (x, y) but got 3 by position
          sample.value | [1, 2]       | {"z": 1} | has no parameter 'z'; it takes: x, y
          sample.value | [1, 2]       | {"x": 1} | argument 'x' of task 'sample.value' came both
          sample.value | ["one", 2]   | {}       | argument 'x' cannot be converted to int
          sample.value | [1.5, 2]     | {}       | argument 'x' cannot be converted to int
          sample.value | [null, 2]    | {}       | argument 'x' cannot be converted to int
          sample.value | [3000000000, 2] | {}    | argument 'x' cannot be converted to int
          sample.order | [{"size": "HUGE"}] | {} | argument 'order' cannot be converted to dev.tallo.worker.it.SampleTasks$Order
          sample.tree  | [{"__type__": "spaceship", "__value__": 1}] | {} | spaceship
          """)
  void says_what_is_wrong_with_the_arguments(
      String name, String args, String kwargs, String message) throws Exception {
    Outcome outcome = client.run(task(name, args, kwargs));

    assertThat(outcome.result().state()).isEqualTo(State.FAILURE);
    TaskException exception = outcome.result().exception().orElseThrow();
    assertThat(exception.type()).isEqualTo("InvalidArguments");
    assertThat(exception.text()).contains(message);
    assertThat(outcome.started()).isEmpty();
  }

  @Test
  void converts_records_with_all_they_hold() throws Exception {
    String order =
        """
        {"id": "123e4567-e89b-12d3-a456-426614174000", "day": "2026-11-22", "size": "LARGE",
         "items": [{"name": "nut", "count": 3, "note": "hard"}, {"name": "bolt", "count": 1}],
         "prices": {"nut": 1.25}}
        """;

    Outcome outcome = client.run(task("sample.order", "[" + order + "]"));

    JsonNode returned = outcome.result().result();
    assertThat(returned.path("id").asText()).isEqualTo("123e4567-e89b-12d3-a456-426614174000");
    assertThat(returned.path("day").asText()).isEqualTo("2026-11-22");
    assertThat(returned.path("size").asText()).isEqualTo("LARGE");
    assertThat(returned.path("items")).hasSize(2);
    assertThat(returned.path("items").get(0).path("note").asText()).isEqualTo("hard");
    assertThat(returned.path("prices").path("nut").decimalValue()).isEqualByComparingTo("1.25");
  }

  @Test
  void tells_the_task_of_its_run() throws Exception {
    OffsetDateTime expires = OffsetDateTime.parse("2099-01-02T03:04:05Z");
    TaskMessage message =
        task("sample.context", "[7]").header("tenant", "acme").retries(2).expires(expires).build();

    JsonNode told = client.outcome(client.send(message)).result().result();

    assertThat(told.path("id").asText()).isEqualTo(message.id());
    assertThat(told.path("name").asText()).isEqualTo("sample.context");
    assertThat(told.path("attempt").asInt()).isEqualTo(3);
    assertThat(told.path("queue").asText()).isEqualTo("default");
    assertThat(told.path("tenant").asText()).isEqualTo("acme");
    assertThat(told.path("deadline").asText()).isEqualTo("2099-01-02T03:04:05Z");
    assertThat(told.path("logged").asText()).isEqualTo(message.id() + " sample.context");
    assertThat(told.path("virtual").asBoolean()).isTrue();
    assertThat(told.path("x").asInt()).isEqualTo(7);
  }

  @ParameterizedTest
  @CsvSource({
    "sample.fails, Refused, card expired",
    "sample.failed-uni, IllegalStateException, no luck",
    "sample.failed-stage, IllegalStateException, no luck either",
  })
  void reports_an_exception_with_its_stack_trace(String name, String type, String message)
      throws Exception {
    Outcome outcome = client.run(task(name, "[]"));

    assertThat(outcome.result().state()).isEqualTo(State.FAILURE);
    TaskException exception = outcome.result().exception().orElseThrow();
    assertThat(exception.type()).isEqualTo(type);
    assertThat(exception.text()).isEqualTo(message);
    assertThat(outcome.result().traceback().orElseThrow()).contains(type).contains("\tat ");
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 10, 'done must be 0 to 10.0, not -1.0'",
    "11, 10, 'done must be 0 to 10.0, not 11.0'",
    "'\"NaN\"', 10, 'done must be 0 to 10.0, not NaN'",
    "0, 0, 'total must be finite and more than 0, not 0.0'",
    "1, '\"Infinity\"', 'total must be finite and more than 0, not Infinity'",
  })
  void refuses_progress_that_cannot_be(String done, String total, String message) throws Exception {
    Outcome outcome = client.run(task("sample.miscounts", "[" + done + ", " + total + "]"));

    TaskException exception = outcome.result().exception().orElseThrow();
    assertThat(exception.type()).isEqualTo("IllegalArgumentException");
    assertThat(exception.text()).isEqualTo(message);
  }

  @Test
  void names_the_package_of_an_exception() throws Exception {
    assertThat(client.run(task("sample.fails", "[]")).result().exception().orElseThrow().module())
        .isEqualTo("dev.tallo.worker.it");
  }

  @Test
  void fails_a_result_that_is_too_large() throws Exception {
    Outcome fits = client.run(task("sample.large", "[1048000]"));
    Outcome tooLarge = client.run(task("sample.large", "[1048577]"));

    assertThat(fits.result().state()).isEqualTo(State.SUCCESS);
    assertThat(tooLarge.result().exception().orElseThrow().type()).isEqualTo("ResultTooLarge");
    assertThat(tooLarge.result().exception().orElseThrow().text())
        .contains("sample.large", "1,048,579", "tallo.worker.max-result");
  }

  @Test
  void fails_a_result_that_contains_itself() throws Exception {
    assertThat(client.run(task("sample.loop", "[]")).result().exception().orElseThrow().type())
        .isEqualTo("UnserializableResult");
  }

  @Test
  void gives_each_run_a_request_context_of_its_own() throws Exception {
    assertThat(client.run(task("sample.request-scope", "[]")).result().result().asInt())
        .isEqualTo(1);
    assertThat(client.run(task("sample.request-scope", "[]")).result().result().asInt())
        .isEqualTo(1);
  }

  @Test
  void answers_a_celery_client_at_its_own_queue_and_tells_the_history() throws Exception {
    String replies = client.replyQueue();
    String id = client.send(task("sample.value", "[2, 3]").replyTo(replies).build());

    AmqpMessage reply = client.take(replies);

    assertThat(reply.properties().getCorrelationId()).isEqualTo(id);
    JsonNode body = CeleryJson.MAPPER.readTree(reply.body());
    assertThat(body.path("status").asText()).isEqualTo("SUCCESS");
    assertThat(body.path("result").asInt()).isEqualTo(5);
    Outcome outcome = client.outcome(id);
    assertThat(outcome.result().result().asInt()).isEqualTo(5);
    assertThat(outcome.args()).hasValue(json("[2, 3]"));
  }

  @Test
  void goes_on_when_the_client_that_waited_is_gone() throws Exception {
    String id = client.send(task("sample.value", "[2, 3]").replyTo("gone-with-its-client").build());

    assertThat(client.outcome(id).result().state()).isEqualTo(State.SUCCESS);
  }

  @Test
  void leaves_out_a_result_that_nobody_wants() throws Exception {
    String replies = client.replyQueue();
    Outcome outcome =
        client.run(task("sample.value", "[2, 3]").replyTo(replies).ignoreResult(true));

    assertThat(outcome.resultIgnored()).isTrue();
    assertThat(outcome.result().state()).isEqualTo(State.SUCCESS);
    assertThat(outcome.result().result().isNull()).isTrue();
  }

  @Test
  void does_not_run_a_task_after_its_time() throws Exception {
    Outcome outcome =
        client.run(task("sample.value", "[2, 3]").expires(OffsetDateTime.now().minusSeconds(1)));

    assertThat(outcome.result().state()).isEqualTo(State.REVOKED);
    assertThat(outcome.result().exception().orElseThrow().text()).isEqualTo("expired");
  }

  @Test
  void goes_by_the_systems_clock_whatever_clock_the_application_has() throws Exception {
    Outcome outcome = client.run(task("sample.time", "[]"));

    assertThat(outcome.result().result().asText()).isEqualTo("1970-01-01T00:00:00Z");
    assertThat(outcome.started().orElseThrow()).isAfter(OffsetDateTime.now().minusMinutes(1));
  }

  @Test
  void runs_a_task_not_before_its_eta() throws Exception {
    OffsetDateTime eta = OffsetDateTime.now().plusNanos(1_500_000_000);
    OffsetDateTime soon = OffsetDateTime.now().plusNanos(300_000_000);

    String later = client.send(task("sample.value", "[1, 1]").eta(eta).build());
    String sooner = client.send(task("sample.value", "[1, 2]").eta(soon).build());

    assertThat(client.outcome(sooner).started().orElseThrow()).isAfterOrEqualTo(soon);
    assertThat(client.outcome(later).started().orElseThrow()).isAfterOrEqualTo(eta);
  }

  @Test
  void refuses_what_it_cannot_carry_on() throws Exception {
    TaskMessage chained = task("sample.value", "[2, 3]").build();
    Signature next = Signature.of("sample.void", chained.body().args(), chained.body().kwargs());

    Outcome outcome =
        client.run(
            task("sample.value", "[2, 3]")
                .embed(new Embed(List.of(), List.of(), List.of(next), Optional.empty())));

    assertThat(outcome.result().exception().orElseThrow().type()).isEqualTo("UnsupportedCanvas");
    assertThat(outcome.result().exception().orElseThrow().text()).contains("'sample.value'");
  }

  @Test
  void runs_many_tasks_and_reports_each_once() throws Exception {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      ids.add(client.send(task("sample.value", "[" + i + ", 1]").build()));
    }

    for (int i = 0; i < ids.size(); i++) {
      assertThat(client.outcome(ids.get(i)).result().result().asInt()).isEqualTo(i + 1);
      assertThat(client.outcomes(ids.get(i))).hasSize(1);
    }
  }

  @Test
  void dead_letters_what_nobody_can_read_and_goes_on() throws Exception {
    AmqpMessage good = TaskCodec.encode(task("sample.void", "[]").build());
    client.publish(new AmqpMessage(good.properties(), "[[1, 2".getBytes(StandardCharsets.UTF_8)));

    AmqpMessage buried = client.take(Topology.DEAD);

    assertThat(buried.properties().getHeaders().get("x-tallo-reason")).hasToString("undecodable");
    assertThat(buried.properties().getHeaders().get("x-tallo-detail").toString()).isNotBlank();
    assertThat(new String(buried.body(), StandardCharsets.UTF_8)).isEqualTo("[[1, 2");
    assertThat(client.run(task("sample.value", "[1, 1]")).result().state())
        .isEqualTo(State.SUCCESS);
  }

  private static JsonNode json(String text) throws JsonProcessingException {
    return CeleryJson.MAPPER.readTree(text);
  }
}
