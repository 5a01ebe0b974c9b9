package dev.tallo.problem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFieldsTest {
  private static final List<String> KNOWN = List.of("name", "count", "wait", "at", "place", "on");

  @Test
  void what_is_right_is_read() {
    JsonFields fields =
        fields(
            """
            {"name": "a", "count": 3, "wait": 1.5, "at": "2030-01-01T01:00:00+01:00",
             "place": {"x": 0.5}, "on": null}
            """);
    assertThat(fields.text("name")).contains("a");
    assertThat(fields.integer("count", 1, 5, "")).hasValue(3);
    assertThat(fields.seconds("wait", Duration.ZERO, Duration.ofSeconds(2), ""))
        .contains(Duration.ofMillis(1_500));
    assertThat(fields.time("at")).contains(Instant.parse("2030-01-01T00:00:00Z"));
    assertThat(fields.fields("place", List.of("x")).orElseThrow().number("x", 0, 1, ""))
        .hasValue(0.5);
    assertThat(fields.bool("on")).isEmpty();
    fields.check("invalid", "Wrong");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{\"a\": ", "{} {}", "{\"name\": \"a\", \"name\": \"b\"}", "1"})
  void what_is_no_object_is_refused_with_400(String json) {
    ProblemException e =
        catchThrowableOfType(ProblemException.class, () -> fields(json).check("x", "x"));
    assertThat(e.problem().status()).isEqualTo(400);
    assertThat(e.problem().errors()).extracting(FieldError::field).containsExactly("body");
  }

  @Test
  void every_field_that_is_unknown_or_of_a_wrong_type_is_named_with_400() {
    Problem problem =
        refusal(
            "{\"name\": 1, \"nme\": 2, \"place\": {\"x\": \"far\", \"y\": 0}, \"count\": 9}",
            fields -> {
              fields.text("name");
              fields.integer("count", 1, 5, ", more first");
              fields.fields("place", List.of("x")).orElseThrow().number("x", 0, 1, "");
            });
    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.errors())
        .contains(
            new FieldError("name", "must be a string, not a number"),
            new FieldError("place.x", "must be a number, not a string"),
            new FieldError("count", "must be an integer from 1 to 5, more first"))
        .extracting(FieldError::field)
        .contains("nme", "place.y");
    assertThat(problem.detail()).startsWith("'nme' is unknown; there are at, count");
  }

  @Test
  void what_means_nothing_is_named_with_422() {
    Problem problem =
        refusal(
            "{\"at\": \"tomorrow\", \"wait\": 1e9, \"count\": 12345678901}",
            fields -> {
              fields.time("at");
              fields.seconds("wait", Duration.ofMillis(100), Duration.ofSeconds(2), " from now");
              fields.integer("count", 0, 9, "");
            });
    assertThat(problem.status()).isEqualTo(422);
    assertThat(problem.type()).isEqualTo("urn:tallo:problem:invalid");
    assertThat(problem.errors())
        .contains(new FieldError("wait", "must be a number from 0.1 to 2 seconds from now"))
        .extracting(FieldError::field)
        .containsExactly("at", "wait", "count");
  }

  private static Problem refusal(String json, Consumer<JsonFields> reading) {
    JsonFields fields = fields(json);
    reading.accept(fields);
    return catchThrowableOfType(ProblemException.class, () -> fields.check("invalid", "Wrong"))
        .problem();
  }

  private static JsonFields fields(String json) {
    return JsonFields.of(json.getBytes(StandardCharsets.UTF_8), KNOWN);
  }
}
