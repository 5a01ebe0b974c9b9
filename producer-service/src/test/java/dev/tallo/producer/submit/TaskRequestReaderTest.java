package dev.tallo.producer.submit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tallo.messaging.protocol.RetryOptions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class TaskRequestReaderTest {
  private static final OffsetDateTime NOW = OffsetDateTime.parse("2026-01-31T12:00:00Z");

  private final TaskRequestReader reader =
      new TaskRequestReader(
          Clock.fixed(NOW.toInstant(), ZoneOffset.UTC),
          () -> Optional.of(List.of("hooks.example.com")));

  private TaskRequest read(String json) {
    return reader.read(json.getBytes(UTF_8));
  }

  private SubmitException.InvalidTask refused(String json) {
    return catchThrowableOfType(SubmitException.InvalidTask.class, () -> read(json));
  }

  @Test
  void a_name_is_enough() {
    TaskRequest request = read("{\"task\": \"demo.add\"}");
    assertThat(request.task()).isEqualTo("demo.add");
    assertThat(request.args()).isEmpty();
    assertThat(request.kwargs()).isEmpty();
    assertThat(request.id()).isEmpty();
    assertThat(request.queue()).isEmpty();
    assertThat(request.expires()).isEmpty();
    assertThat(request.priority()).isEqualTo(4);
    assertThat(request.ignoreResult()).isFalse();
  }

  @Test
  void every_field_is_read() {
    TaskRequest request =
        read(
            """
            {"id": "x-1", "task": "demo.add", "args": [1, 2.50, null], "kwargs": {"a": {"b": []}},
             "queue": "q", "priority": 9, "expires": "2026-02-01T12:00:00+01:00",
             "headers": {"s": "t", "i": -5, "d": 1e3, "b": false}, "ignore_result": true}
            """);
    assertThat(request.id()).contains("x-1");
    assertThat(request.args()).hasToString("[1,2.5,null]");
    assertThat(request.kwargs()).hasToString("{\"a\":{\"b\":[]}}");
    assertThat(request.queue()).contains("q");
    assertThat(request.priority()).isEqualTo(9);
    assertThat(request.expires().orElseThrow().from(NOW).toInstant())
        .isEqualTo(Instant.parse("2026-02-01T11:00:00Z"));
    assertThat(request.headers())
        .containsExactlyInAnyOrderEntriesOf(Map.of("s", "t", "i", -5, "d", 1000.0, "b", false));
    assertThat(request.ignoreResult()).isTrue();
  }

  @Test
  void when_how_long_and_how_often_it_may_run_is_read() {
    TaskRequest request =
        read(
            """
            {"task": "a", "eta": "2026-02-01T12:00:00+01:00", "max_retries": 3, "time_limit": 60,
             "soft_time_limit": 0.5, "callback_url": "https://hooks.example.com/x",
             "unique_key": "customer 17", "unique_for": 3600, "retry_backoff": 0.25,
             "retry_backoff_max": 60, "retry_on": ["java.io.IOException", "Busy", "Busy"],
             "give_up_on": ["ValueError"]}
            """);
    assertThat(request.limits().retry())
        .isEqualTo(
            new RetryOptions(
                OptionalInt.of(3),
                Optional.of(Duration.ofMillis(250)),
                Optional.of(Duration.ofMinutes(1)),
                List.of("java.io.IOException", "Busy"),
                List.of("ValueError")));
    assertThat(request.eta().orElseThrow().from(NOW).toInstant())
        .isEqualTo(Instant.parse("2026-02-01T11:00:00Z"));
    assertThat(request.limits().retry().maxRetries()).hasValue(3);
    assertThat(request.limits().timeLimit()).contains(Duration.ofMinutes(1));
    assertThat(request.limits().softTimeLimit()).contains(Duration.ofMillis(500));
    assertThat(request.callbackUrl()).contains("https://hooks.example.com/x");
    assertThat(request.unique())
        .contains(new TaskRequest.Unique("customer 17", Duration.ofHours(1)));
    assertThat(read("{\"task\": \"a\", \"countdown\": 1.25}").eta().orElseThrow().from(NOW))
        .isEqualTo(NOW.plus(Duration.ofMillis(1250)));
  }

  @Test
  void null_is_as_good_as_nothing() {
    TaskRequest request =
        read(
            """
            {"task": "a", "eta": null, "countdown": null, "expires": null, "max_retries": null,
             "time_limit": null, "soft_time_limit": null, "callback_url": null, "unique_key": null,
             "unique_for": null, "queue": null}
            """);
    assertThat(request).isEqualTo(read("{\"task\": \"a\"}"));
  }

  @Test
  void an_eta_that_has_passed_means_at_once() {
    assertThat(read("{\"task\": \"a\", \"eta\": \"2020-01-01T00:00:00Z\"}").eta()).isPresent();
  }

  @Test
  void seconds_until_expiry_run_from_the_submission() {
    assertThat(read("{\"task\": \"a\", \"expires\": 1.5}").expires().orElseThrow().from(NOW))
        .isEqualTo(NOW.plus(Duration.ofMillis(1500)));
  }

  @Test
  void a_part_of_a_buffer_is_read() {
    byte[] buffer = "xx{\"task\":\"a\"}yy".getBytes(UTF_8);
    assertThat(reader.read(buffer, 2, buffer.length - 4).task()).isEqualTo("a");
  }

  @Test
  void errors_say_nothing_of_the_parser() {
    for (String json :
        new String[] {
          "nonsense", "{\"task\": \"a\", \"args\": [1", "{\"task\": \"a", "{'a': 1}", "\u0000"
        }) {
      assertThat(refused(json).errors())
          .isNotEmpty()
          .allSatisfy(
              error ->
                  assertThat(error.message())
                      .contains("line 1, column")
                      .doesNotContain("Source")
                      .doesNotContain("Feature"));
    }
  }

  @Test
  void nesting_without_end_is_refused() {
    assertThat(refused("{\"task\": \"a\", \"args\": " + "[".repeat(5_000)).errors())
        .singleElement()
        .satisfies(error -> assertThat(error.field()).isEqualTo("args"));
  }

  @Test
  void a_long_unknown_name_is_shown_in_part() {
    assertThat(refused("{\"task\": \"a\", \"%s\": 1}".formatted("x".repeat(500))).errors())
        .singleElement()
        .satisfies(error -> assertThat(error.field()).hasSizeLessThan(110));
  }

  @Test
  void headers_are_bounded_in_number() {
    StringBuilder headers = new StringBuilder();
    for (int i = 0; i <= TaskRequestReader.MAX_HEADERS; i++) {
      headers.append(i == 0 ? "" : ",").append("\"h").append(i).append("\":1");
    }
    assertThat(refused("{\"task\": \"a\", \"headers\": {%s}}".formatted(headers)).errors())
        .singleElement()
        .satisfies(error -> assertThat(error.field()).isEqualTo("headers"));
  }
}
