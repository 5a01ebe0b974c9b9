package dev.tallo.messaging.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against what {@code celery.utils.saferepr} made of the same values. */
class PythonReprTest {

  static Stream<JsonNode> celerysAnswers() {
    return StreamSupport.stream(Golden.json("repr").spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("celerysAnswers")
  void shows_a_value_as_celery_does(JsonNode answer) {
    JsonNode value = answer.get("value");

    assertThat(PythonRepr.of(value)).isEqualTo(answer.get("repr").textValue());
    if (value instanceof ArrayNode args) {
      assertThat(PythonRepr.args(args)).isEqualTo(answer.get("args").textValue());
    }
  }

  @Test
  void does_not_look_behind_the_cut() {
    ArrayNode args = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < PythonRepr.LONGEST; i++) {
      args.add(1);
    }
    args.addPOJO(
        new Object() {
          @Override
          public String toString() {
            throw new AssertionError("looked at");
          }
        });

    assertThat(PythonRepr.args(args)).endsWith(", ...)").hasSizeLessThan(PythonRepr.LONGEST + 10);
  }
}
