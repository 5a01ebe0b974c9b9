package dev.tallo.messaging.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Kombu's typed values, as {@code kombu/utils/json.py} of Kombu 5.3 and later writes them. */
class CeleryJsonTest {

  private static final String UUID_1 = "00000000-0000-0000-0000-000000000001";

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "datetime|`\"2026-01-02T03:04:05+00:00\"`|`\"2026-01-02T03:04:05+00:00\"`",
        "date|`\"2026-01-02\"`|`\"2026-01-02\"`",
        "time|`\"01:02:00\"`|`\"01:02:00\"`",
        "decimal|`\"1.20\"`|1.20",
        "decimal|`\"NaN\"`|NaN",
        "decimal|`\"-Infinity\"`|-Infinity",
        "uuid|{\"hex\":\"00000000000000000000000000000001\"}|`\"" + UUID_1 + "\"`",
        "bytes|`\"abc\"`|`\"YWJj\"`",
        "base64|`\"/wA=\"`|`\"/wA=\"`",
      })
  void makes_plain_what_kombu_typed(String type, String value, String plain) throws Exception {
    JsonNode node = json("{\"__type__\":\"" + type + "\",\"__value__\":" + value + "}");

    assertThat(CeleryJson.MAPPER.writeValueAsString(CeleryJson.plain(node))).isEqualTo(plain);
    JsonNode inside = CeleryJson.plain(json("[1,{\"k\":[" + node + "]},2]"));
    assertThat(CeleryJson.MAPPER.writeValueAsString(inside))
        .isEqualTo("[1,{\"k\":[" + plain + "]},2]");
  }

  @Test
  void binds_plain_values_to_the_java_types_of_the_same_meaning() throws Exception {
    JsonNode decimal = CeleryJson.plain(CeleryJson.typed(new BigDecimal("1.20")));
    JsonNode bytes = CeleryJson.plain(CeleryJson.typed(new byte[] {-1, 0}));

    assertThat(CeleryJson.MAPPER.treeToValue(decimal, BigDecimal.class)).isEqualTo("1.20");
    assertThat(CeleryJson.MAPPER.treeToValue(bytes, byte[].class)).containsExactly(-1, 0);
  }

  @Test
  void leaves_everything_else_as_it_is() throws Exception {
    JsonNode node =
        json(
            "[{\"__type__\":\"date\"},{\"__type__\":\"x\",\"__value__\":1,\"more\":2},{\"a\":[]}]");

    assertThat(CeleryJson.plain(node)).isSameAs(node);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"__type__\":\"set\",\"__value__\":[]}",
        "{\"__type__\":null,\"__value__\":[]}",
        "{\"__type__\":\"decimal\",\"__value__\":\"one\"}",
        "{\"__type__\":\"decimal\",\"__value__\":1.5}",
        "{\"__type__\":\"decimal\",\"__value__\":\"1E+1000000000\"}",
        "{\"__type__\":\"uuid\",\"__value__\":{\"hex\":\"1\"}}",
        "{\"__type__\":\"uuid\",\"__value__\":{\"hex\":\"zz000000000000000000000000000001\"}}",
        "{\"__type__\":\"base64\",\"__value__\":\"?\"}",
        "{\"__type__\":\"bytes\",\"__value__\":7}"
      })
  void refuses_unknown_types_and_values_that_are_not_of_theirs(String node) throws Exception {
    JsonNode json = json(node);

    assertThatThrownBy(() -> CeleryJson.plain(json))
        .isInstanceOf(UndecodableMessageException.class)
        .hasMessageContaining(json.get("__type__").asText());
  }

  @Test
  void writes_typed_values_as_kombu_does() throws Exception {
    Map<String, Object> types =
        Map.of(
            "{\"__type__\":\"datetime\",\"__value__\":\"2026-01-02T03:04:05+00:00\"}",
            Instant.parse("2026-01-02T03:04:05Z"),
            "{\"__type__\":\"datetime\",\"__value__\":\"2026-01-02T03:04:05.500000+01:00\"}",
            OffsetDateTime.parse("2026-01-02T03:04:05.5+01:00"),
            "{\"__type__\":\"datetime\",\"__value__\":\"2026-07-02T03:04:05+02:00\"}",
            ZonedDateTime.parse("2026-07-02T03:04:05+02:00[Europe/Paris]"),
            "{\"__type__\":\"datetime\",\"__value__\":\"2026-01-02T03:04:05\"}",
            LocalDateTime.parse("2026-01-02T03:04:05"),
            "{\"__type__\":\"date\",\"__value__\":\"2026-01-02\"}",
            LocalDate.parse("2026-01-02"),
            "{\"__type__\":\"time\",\"__value__\":\"01:02:00\"}",
            LocalTime.parse("01:02"),
            "{\"__type__\":\"decimal\",\"__value__\":\"1.20\"}",
            new BigDecimal("1.20"),
            "{\"__type__\":\"uuid\",\"__value__\":{\"hex\":\"00000000000000000000000000000001\"}}",
            UUID.fromString(UUID_1),
            "{\"__type__\":\"base64\",\"__value__\":\"/wA=\"}",
            new byte[] {-1, 0});

    types.forEach((expected, value) -> assertThat(CeleryJson.typed(value)).hasToString(expected));
    assertThat(CeleryJson.typed(List.of(Map.of("day", LocalDate.parse("2026-01-02")), 1)))
        .hasToString("[{\"day\":{\"__type__\":\"date\",\"__value__\":\"2026-01-02\"}},1]");
    assertThat(
            JsonMapper.builder()
                .addModule(CeleryJson.typedModule())
                .build()
                .writeValueAsString(Arrays.asList(new BigDecimal("7"), null)))
        .isEqualTo("[{\"__type__\":\"decimal\",\"__value__\":\"7\"},null]");
  }

  private static JsonNode json(String text) throws Exception {
    return CeleryJson.MAPPER.readTree(text);
  }
}
