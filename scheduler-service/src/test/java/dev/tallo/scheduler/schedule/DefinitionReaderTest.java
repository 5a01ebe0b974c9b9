package dev.tallo.scheduler.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.problem.FieldError;
import dev.tallo.problem.JsonFields;
import dev.tallo.problem.Problem;
import dev.tallo.problem.ProblemException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DefinitionReaderTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'cron': '0 3 * * *', 'time_zone': 'Europe/Berlin'",
        "'cron': '*/5 * * * * *', 'time_zone': 'UTC'",
        "'cron': '@daily', 'time_zone': 'UTC', 'misfire': 'all', 'overlap': 'cancel'",
        "'every': 90, 'anchor': '2026-01-01T00:00:05Z', 'jitter': 1.5",
        "'at': '2030-01-01T00:00:00Z', 'queue': 'q', 'priority': 9, 'expires': 60",
        "'solar': {'event': 'dusk_civil', 'latitude': -33.9, 'longitude': 151.2}",
        "'every': 3600, 'start': '2027-01-01T00:00:00Z', 'end': '2028-01-01T00:00:00.001Z'"
      })
  void what_is_written_is_read_again(String fields) {
    Definition read = read("'name': 'n', 'task': 't', 'args': [1, {'x': null}], " + fields);
    ObjectNode written = DefinitionJson.of(read);
    assertThat(DefinitionReader.stored(DefinitionJson.parse(DefinitionJson.text(written))))
        .isEqualTo(read);
    ObjectNode given = json("'name': 'n', 'task': 't', 'args': [1, {'x': null}], " + fields);
    given
        .properties()
        .forEach(
            field ->
                assertThat(written.get(field.getKey())).hasToString(field.getValue().toString()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          'cron': '61 * * * *'                            | 422 | cron      | must be a cron expression
          'cron': '0 0 30 2 *'                            | 422 | cron      | this is never
          'cron': '* * *'                                 | 422 | cron      | must be a cron expression
          'cron': '* * * * *', 'time_zone': 'Mars/Base'   | 422 | time_zone | must be a time zone
          'cron': '* * * * *', 'every': 5                 | 422 | every     | beside cron
          'every': 5, 'time_zone': 'UTC'                  | 422 | time_zone | belongs to cron
          'every': 0.5                                    | 422 | every     | from 1 to
          'every': 1.5                                    | 422 | every     | whole seconds
          'every': 60, 'jitter': 60                       | 422 | jitter    | shorter than the time between firings, 60
          'every': 60, 'jitter': 7200                     | 422 | jitter    | from 0 to 3600
          'at': '2026-11-22T12:00:00Z'                    | 422 | at        | must lie in the future
          'at': 'tomorrow'                                | 422 | at        | must be a date-time
          'every': 60, 'end': '2026-01-01T00:00:00Z'      | 422 | end       | must lie in the future
          'cron': '@yearly', 'end': '2026-12-01T00:00:00Z' | 422 | cron     | between start and end
          'every': 9, 'start': '2031-01-01T00:00:00Z', 'end': '2030-01-01T00:00:00Z' | 422 | end | must lie after start
          'solar': {'event': 'moonrise', 'latitude': 1, 'longitude': 1} | 422 | solar.event | must be one of dawn_
          'solar': {'event': 'sunset', 'latitude': 91, 'longitude': 1} | 422 | solar.latitude | from -90 to 90
          'solar': {'event': 'sunset', 'latitude': 9}     | 400 | solar.longitude | is required
          'solar': 'sunset'                               | 400 | solar     | must be a JSON object
          'every': 9, 'misfire': 'twice'                  | 422 | misfire   | must be one of skip, once, all
          'every': 9, 'overlap': 'no'                     | 422 | overlap   | must be one of allow, skip, cancel
          'every': 9, 'priority': 256                     | 422 | priority  | from 0 to 255
          'every': 9, 'queue': 'tallo.work'               | 422 | queue     | must not begin with tallo.
          'every': 9, 'queue': 'a b'                      | 422 | queue     | must be 1 to 190
          'every': '9'                                    | 400 | every     | must be a number, not a string
          'every': 9, 'args': {}                          | 400 | args      | must be a JSON array
          'every': 9, 'kwargs': []                        | 400 | kwargs    | must be a JSON object
          'every': 9, 'crom': 'x'                         | 400 | crom      | is unknown
          'queue': 'q'                                    | 400 | cron      | is required
          """)
  void what_is_wrong_is_named(String fields, int status, String field, String message) {
    Problem problem = refusal("'name': 'n', 'task': 't', " + fields);
    assertThat(problem.status()).isEqualTo(status);
    assertThat(problem.errors()).extracting(FieldError::field).containsExactly(field);
    assertThat(problem.errors().getFirst().message()).contains(message);
  }

  @Test
  void all_that_is_wrong_is_named_at_once() {
    assertThat(refusal("'name': 'a b', 'task': '', 'cron': 'x', 'priority': -1").errors())
        .extracting(FieldError::field)
        .containsExactlyInAnyOrder("name", "task", "cron", "priority");
    assertThat(refusal("'name': 'n', 'task': 't', 'cron': 'x', 'time_zone': 'Mars/Base'").errors())
        .extracting(FieldError::field)
        .containsExactlyInAnyOrder("cron", "time_zone");
    assertThat(refusal("'every': 9").errors())
        .extracting(FieldError::field)
        .containsExactlyInAnyOrder("name", "task");
  }

  @Test
  void the_task_id_depends_on_name_and_nominal_time_alone() {
    String id = read("'name': 'n', 'task': 't', 'every': 9").taskId(NOW);
    assertThat(read("'name': 'n', 'task': 'u', 'every': 8").taskId(NOW)).isEqualTo(id);
    assertThat(read("'name': 'm', 'task': 't', 'every': 9").taskId(NOW)).isNotEqualTo(id);
    assertThat(read("'name': 'n', 'task': 't', 'every': 9").taskId(NOW.plusSeconds(1)))
        .isNotEqualTo(id);
    assertThat(UUID.fromString(id).version()).isEqualTo(5);
  }

  private static Definition read(String fields) {
    JsonFields json = JsonFields.of(json(fields), DefinitionReader.FIELDS);
    Definition definition = DefinitionReader.wanted(json, json.text("name"), NOW);
    json.check("invalid-schedule", "The schedule is not valid");
    return definition;
  }

  private static Problem refusal(String fields) {
    return catchThrowableOfType(ProblemException.class, () -> read(fields)).problem();
  }

  private static ObjectNode json(String fields) {
    return JsonFields.tree(
        ("{" + fields.replace('\'', '"') + "}").getBytes(StandardCharsets.UTF_8));
  }
}
