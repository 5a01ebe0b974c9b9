package dev.tallo.security.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.protocol.CeleryJson;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MasksTest {
  private static final Optional<String> PAY = Optional.of("pay.card");

  private record Rule(String task, List<String> fields) implements MaskConfig.RuleConfig {}

  private static Masks masks(String task, String... fields) {
    return new Masks(Map.of("rule", new Rule(task, List.of(fields))));
  }

  private static JsonNode json(String text) {
    try {
      return CeleryJson.MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void an_argument_is_hidden_by_its_position_or_its_name() {
    Masks masks = masks("pay.*", "1", "card");
    assertThat(masks.args(PAY, "[1,\"4111\",[2]]")).isEqualTo("[1,\"***\",[2]]");
    assertThat(masks.args(PAY, "[1]")).isEqualTo("[1]");
    assertThat(masks.kwargs(PAY, "{\"card\":{\"no\":1},\"amount\":2}"))
        .isEqualTo("{\"card\":\"***\",\"amount\":2}");
    assertThat(masks.result(PAY, "{\"card\":1}")).isEqualTo("{\"card\":1}");
  }

  @Test
  void a_pointer_reaches_into_values_and_over_lists() {
    Masks masks = masks("pay.card", "/kwargs/a~1b/*/iban", "/result/token", "/args/0/x");
    assertThat(masks.kwargs(PAY, "{\"a/b\":[{\"iban\":1,\"n\":2},{\"iban\":3},4]}"))
        .isEqualTo("{\"a/b\":[{\"iban\":\"***\",\"n\":2},{\"iban\":\"***\"},4]}");
    assertThat(masks.result(PAY, "{\"token\":null}")).isEqualTo("{\"token\":\"***\"}");
    assertThat(masks.result(PAY, "\"token\"")).isEqualTo("\"token\"");
    assertThat(masks.args(PAY, "[{\"x\":1},{\"x\":1}]")).isEqualTo("[{\"x\":\"***\"},{\"x\":1}]");
  }

  @Test
  void all_of_a_part_can_be_hidden() {
    Masks masks = masks("*", "/args", "/result", "/error", "/headers/token");
    assertThat(masks.args(PAY, "[1,2]")).isEqualTo("\"***\"");
    assertThat(masks.result(PAY, "7")).isEqualTo("\"***\"");
    assertThat(masks.headers(PAY, "{\"token\":1}")).isEqualTo("{\"token\":\"***\"}");
    assertThat(masks.hidesError(PAY)).isTrue();
    assertThat(masks("*", "/result").hidesError(PAY)).isFalse();
  }

  @Test
  void other_tasks_are_shown_and_a_task_without_a_name_is_not() {
    Masks masks = masks("pay.*", "0");
    assertThat(masks.args(Optional.of("payx"), "[1]")).isEqualTo("[1]");
    assertThat(masks.args(Optional.of("pay.x.y"), "[1]")).isEqualTo("[\"***\"]");
    assertThat(masks.args(Optional.empty(), "[1]")).isEqualTo("[\"***\"]");
  }

  @Test
  void all_rules_that_fit_hold() {
    Masks masks =
        new Masks(
            Map.of(
                "a", new Rule("pay.*", List.of("0")),
                "b", new Rule("*.card", List.of("1"))));
    assertThat(masks.args(PAY, "[1,2,3]")).isEqualTo("[\"***\",\"***\",3]");
  }

  @Test
  void the_body_of_a_message_is_hidden_in_either_protocol_and_left_out_where_it_is_neither() {
    Masks masks = masks("pay.*", "0", "card");
    assertThat(masks.body(PAY, json("[[1,2],{\"card\":3},{\"callbacks\":[{\"args\":[1]}]}]")))
        .contains(json("[[\"***\",2],{\"card\":\"***\"},\"***\"]"));
    assertThat(masks.body(PAY, json("{\"args\":[1],\"kwargs\":{\"card\":1},\"id\":\"x\"}")))
        .contains(json("{\"args\":[\"***\"],\"kwargs\":{\"card\":\"***\"},\"id\":\"x\"}"));
    assertThat(masks.body(PAY, json("{\"something\":1}"))).isEmpty();
    assertThat(masks.body(Optional.empty(), json("[[1],{},{}]"))).isEmpty();
    assertThat(masks.body(Optional.of("other"), json("[[1],{},{}]"))).contains(json("[[1],{},{}]"));
  }

  @Test
  void what_tells_arguments_in_properties_is_hidden() {
    Masks masks = masks("pay.*", "0", "/headers/token");
    assertThat(
            json(
                masks.properties(
                    PAY,
                    "{\"headers\":{\"argsrepr\":\"(1,)\",\"kwargsrepr\":\"{}\",\"token\":1,\"id\":2}}")))
        .isEqualTo(
            json(
                "{\"headers\":{\"argsrepr\":\"***\",\"kwargsrepr\":\"***\",\"token\":\"***\",\"id\":2}}"));
  }

  @Test
  void what_is_handed_in_as_a_tree_stays_whole() {
    Masks masks = masks("pay.*", "0");
    ArrayNode args = (ArrayNode) json("[1]");
    assertThat(masks.args("pay.card", args)).isEqualTo(json("[\"***\"]"));
    assertThat(args).isEqualTo(json("[1]"));
  }

  private static ObjectNode call(String text) {
    return (ObjectNode) json(text);
  }

  @Test
  void arguments_are_hidden_in_an_object_that_has_them() {
    Masks masks = masks("pay.card", "0", "card");
    ObjectNode call = call("{\"args\":[1,2],\"kwargs\":{\"card\":3},\"every\":10}");
    masks.hideArguments("other", call);
    assertThat(call).isEqualTo(json("{\"args\":[1,2],\"kwargs\":{\"card\":3},\"every\":10}"));
    masks.hideArguments("pay.card", call);
    assertThat(call)
        .isEqualTo(json("{\"args\":[\"***\",2],\"kwargs\":{\"card\":\"***\"},\"every\":10}"));
  }

  @Test
  void what_comes_back_hidden_is_as_it_was_before() {
    Masks masks = masks("pay.card", "0", "/kwargs/items/*/iban", "/kwargs/items/1");
    ObjectNode call =
        call(
            """
            {"args": ["***", 3], "kwargs": {
              "items": [{"iban": "***", "n": 5}, "***"], "left": "***"}}
            """);
    ObjectNode before =
        call(
            """
            {"args": ["4111", 2], "kwargs": {"items": [{"iban": 1, "n": 2}, {"iban": 3}]}}
            """);
    assertThat(masks.restoreArguments("pay.card", call, before)).isEmpty();
    assertThat(call)
        .isEqualTo(
            json(
                """
                {"args": ["4111", 3], "kwargs": {
                  "items": [{"iban": 1, "n": 5}, {"iban": 3}], "left": "***"}}
                """));
    ObjectNode given = call("{\"args\":[\"4222\"]}");
    assertThat(masks.restoreArguments("pay.card", given, before)).isEmpty();
    assertThat(given).isEqualTo(json("{\"args\":[\"4222\"]}"));
    ObjectNode whole = call("{\"args\":\"***\"}");
    assertThat(masks("*", "/args").restoreArguments("x", whole, before)).isEmpty();
    assertThat(whole).isEqualTo(json("{\"args\":[\"4111\",2]}"));
  }

  @Test
  void what_was_not_there_before_cannot_come_back() {
    Masks masks = masks("pay.card", "1", "card");
    ObjectNode call = call("{\"args\":[1,\"***\"],\"kwargs\":{\"card\":\"***\"}}");
    assertThat(masks.restoreArguments("pay.card", call, call("{\"args\":[1]}")))
        .containsExactly("args", "kwargs");
    assertThat(masks.restoreArguments("other", call, call("{}"))).isEmpty();
  }

  @Test
  void a_field_that_is_none_is_named() {
    assertThatThrownBy(() -> masks("*", "/body/x"))
        .hasMessageStartingWith("tallo.mask.\"rule\".fields must be")
        .hasMessageContaining("/body/x");
    assertThatThrownBy(() -> masks("*", "")).hasMessageContaining("tallo.mask.\"rule\".fields");
    assertThatThrownBy(() -> masks("*", "/error/x")).hasMessageContaining("/error/x");
  }
}
