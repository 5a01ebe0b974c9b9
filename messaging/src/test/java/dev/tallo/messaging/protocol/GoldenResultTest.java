package dev.tallo.messaging.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Results as a real Celery worker sent them through {@code rpc://}. */
class GoldenResultTest {

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  static Stream<Golden> readable() {
    return Golden.names("result").stream()
        .filter(name -> !name.equals("result/progress-progress"))
        .map(Golden::of);
  }

  @ParameterizedTest
  @MethodSource("readable")
  void writes_a_result_back_as_it_came(Golden golden) throws Exception {
    AmqpMessage written = Wire.sent(ResultCodec.encodeResult(read(golden.name())));

    assertThat(CeleryJson.MAPPER.readTree(written.body()))
        .isEqualTo(CeleryJson.MAPPER.readTree(golden.message().body()));
    assertThat(written.properties().getCorrelationId())
        .isEqualTo(golden.message().properties().getCorrelationId());
    assertThat(written.properties().getContentType())
        .isEqualTo(golden.message().properties().getContentType());
    assertThat(written.properties().getContentEncoding())
        .isEqualTo(golden.message().properties().getContentEncoding());
  }

  @Test
  void reads_a_success() throws Exception {
    assertThat(read("result/sum-success"))
        .isEqualTo(
            new TaskResult(
                "sum",
                State.SUCCESS,
                NODES.numberNode(4),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                TaskResult.Extended.NONE));
  }

  @Test
  void reads_a_failure_with_its_exception_and_traceback() throws Exception {
    TaskResult result = read("result/fail-failure");

    assertThat(result.state()).isEqualTo(State.FAILURE);
    assertThat(result.exception())
        .contains(
            new TaskException("ValueError", NODES.arrayNode().add("boom").add(7), "builtins"));
    assertThat(result.exception().orElseThrow().text()).isEqualTo("boom");
    assertThat(result.traceback().orElseThrow())
        .startsWith("Traceback (most recent call last):")
        .contains("ValueError: ('boom', 7)");
  }

  @Test
  void reads_a_retry_and_the_failure_after_it() throws Exception {
    assertThat(read("result/again-retry").state()).isEqualTo(State.RETRY);
    assertThat(read("result/again-retry").exception().orElseThrow().type()).isEqualTo("KeyError");
    assertThat(read("result/again-failure").state()).isEqualTo(State.FAILURE);
  }

  @Test
  void reads_why_a_task_was_revoked() throws Exception {
    TaskResult result = read("result/expired-revoked");

    assertThat(result.state()).isEqualTo(State.REVOKED);
    assertThat(result.exception())
        .contains(TaskException.of("TaskRevokedError", "expired", "celery.exceptions"));
  }

  @Test
  void reads_who_runs_it_and_what_it_sent() throws Exception {
    assertThat(read("result/progress-started").result().path("hostname").asText())
        .isEqualTo("worker1@example.com");
    assertThat(read("result/parent-success").children())
        .containsExactly(CeleryJson.MAPPER.readTree("[[\"child-1\",null],null]"));
  }

  @Test
  void names_a_state_of_a_tasks_own_making_as_the_problem() throws Exception {
    ResultCodec.Decoded decoded =
        ResultCodec.decode(Golden.of("result/progress-progress").message());

    assertThat(decoded.outcomes()).isEmpty();
    assertThat(decoded.problems())
        .singleElement()
        .asString()
        .contains("progress", "'status'", "'PROGRESS'", "SUCCESS");
  }

  private static TaskResult read(String name) throws UndecodableMessageException {
    ResultCodec.Decoded decoded = ResultCodec.decode(Golden.of(name).message());
    assertThat(decoded.problems()).isEmpty();
    return decoded.outcomes().getFirst().result();
  }
}
