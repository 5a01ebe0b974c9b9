package dev.tallo.workerservice.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tallo.worker.InvalidArguments;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatusCodesTest {

  private static StatusCodes read(String json) {
    try {
      return StatusCodes.of(List.copyOf(new ObjectMapper().readTree(json).valueStream().toList()));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  void are_codes_classes_and_ranges() {
    StatusCodes codes = read("[200, \"204\", \"3XX\", \"404-406\"]");

    assertThat(List.of(200, 204, 300, 399, 404, 405, 406)).allMatch(codes::contains);
    assertThat(List.of(199, 201, 203, 205, 299, 400, 403, 407)).noneMatch(codes::contains);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[99]",
        "[600]",
        "[\"6xx\"]",
        "[\"2x\"]",
        "[\"204-200\"]",
        "[\"\"]",
        "[200.5]",
        "[null]",
        "[[200]]",
        "[true]"
      })
  void refuse_anything_else(String json) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(InvalidArguments.class)
        .hasMessageContaining("'success'");
  }

  @Test
  void are_1_to_50() {
    assertThatThrownBy(() -> StatusCodes.of(List.<JsonNode>of()))
        .hasMessage("argument 'success' has 0 entries; it takes 1 to 50");
    assertThatThrownBy(() -> read("[" + "200,".repeat(50) + "200]"))
        .hasMessage("argument 'success' has 51 entries; it takes 1 to 50");
  }
}
