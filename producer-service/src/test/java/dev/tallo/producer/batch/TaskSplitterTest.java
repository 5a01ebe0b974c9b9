package dev.tallo.producer.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TaskSplitterTest {
  private static final int MOST = 100;

  /** Hands out the text in pieces of so many bytes, to have every boundary fall everywhere. */
  private static List<String> split(String text, TaskSplitter.Format format, int pieces)
      throws IOException {
    InputStream in =
        new ByteArrayInputStream(text.getBytes(UTF_8)) {
          @Override
          public synchronized int read(byte[] buffer, int offset, int length) {
            return super.read(buffer, offset, Math.min(length, pieces));
          }
        };
    TaskSplitter splitter = new TaskSplitter(in, format, MOST);
    List<String> parts = new ArrayList<>();
    for (Optional<TaskSplitter.Part> part = splitter.next();
        part.isPresent();
        part = splitter.next()) {
      parts.add(
          switch (part.get()) {
            case TaskSplitter.Task(int n, byte[] buffer, int offset, int length) ->
                n + ":" + new String(buffer, offset, length, UTF_8);
            case TaskSplitter.TooLarge(int n) -> n + " too large";
            case TaskSplitter.Malformed(int n, String message) -> n + " malformed";
          });
    }
    return parts;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 1000})
  void lines_are_numbered_as_they_stand_and_blank_ones_skipped(int pieces) throws IOException {
    assertThat(split("a\n\n  \r\n b \r\nc", TaskSplitter.Format.LINES, pieces))
        .containsExactly("1:a", "4:b", "5:c");
    assertThat(split("", TaskSplitter.Format.LINES, pieces)).isEmpty();
    assertThat(split("\n", TaskSplitter.Format.LINES, pieces)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 1000})
  void a_line_that_is_too_large_is_skipped_alone(int pieces) throws IOException {
    String most = "x".repeat(MOST);
    assertThat(split("a\n" + most + "\nb", TaskSplitter.Format.LINES, pieces))
        .containsExactly("1:a", "2:" + most, "3:b");
    assertThat(split("a\n" + most + "x\nb", TaskSplitter.Format.LINES, pieces))
        .containsExactly("1:a", "2 too large", "3:b");
    assertThat(split("a\n" + most.repeat(50), TaskSplitter.Format.LINES, pieces))
        .containsExactly("1:a", "2 too large");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 1000})
  void elements_end_at_commas_outside_of_strings_and_nested_values(int pieces) throws IOException {
    assertThat(
            split(
                " [ {\"a\": [1, {\"b\": 2}]} ,\n\"],[\\\"{\\\\\", 5 ,[] ] ",
                TaskSplitter.Format.ARRAY,
                pieces))
        .containsExactly("1:{\"a\": [1, {\"b\": 2}]}", "2:\"],[\\\"{\\\\\"", "3:5", "4:[]");
    assertThat(split("[]", TaskSplitter.Format.ARRAY, pieces)).isEmpty();
    assertThat(split(" [ \n ] ", TaskSplitter.Format.ARRAY, pieces)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 1000})
  void an_element_that_is_too_large_is_skipped_alone(int pieces) throws IOException {
    String large = "{\"a\": \"" + "x],".repeat(MOST) + "\"}";
    assertThat(split("[1," + large + ",2]", TaskSplitter.Format.ARRAY, pieces))
        .containsExactly("1:1", "2 too large", "3:2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"task": "a"}   | 1 malformed
          ``              | 1 malformed
          [1              | 1 malformed
          [1,2            | 1:1;2 malformed
          [1,             | 1:1;2 malformed
          [1,]            | 1:1;2 malformed
          [,1]            | 1 malformed
          [1,,2]          | 1:1;2 malformed
          ["a             | 1 malformed
          """)
  void a_broken_array_ends_where_it_breaks(String text, String parts) throws IOException {
    assertThat(String.join(";", split(text, TaskSplitter.Format.ARRAY, 1000))).isEqualTo(parts);
  }
}
