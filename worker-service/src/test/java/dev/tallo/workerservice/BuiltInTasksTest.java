package dev.tallo.workerservice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.IntNode;
import dev.tallo.workerservice.TextTasks.Word;
import dev.tallo.workerservice.TextTasks.WordCount;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A task is a method: most of it is tested by calling it. */
class BuiltInTasksTest {
  private final DemoTasks demo = new DemoTasks();
  private final TextTasks text = new TextTasks();

  @Test
  void adds_and_does_not_wrap_around() {
    assertThat(demo.add(2, 3)).isEqualTo(5);
    assertThatThrownBy(() -> demo.add(Long.MAX_VALUE, 1)).isInstanceOf(ArithmeticException.class);
  }

  @Test
  void echoes_what_came() {
    assertThat(demo.echo(IntNode.valueOf(7))).isEqualTo(IntNode.valueOf(7));
  }

  @Test
  void sleeps_only_so_long() throws InterruptedException {
    assertThat(demo.sleep(0.001)).isEqualTo(0.001);
    assertThatThrownBy(() -> demo.sleep(-1)).hasMessageContaining("0 to 3600, not -1.0");
    assertThatThrownBy(() -> demo.sleep(3_601)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> demo.sleep(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void fails_with_the_message_it_got() {
    assertThatThrownBy(() -> demo.fail(Optional.of("boom"))).hasMessage("boom");
    assertThatThrownBy(() -> demo.fail(Optional.empty())).hasMessageContaining("demo.fail");
  }

  @Test
  void counts_words_whatever_their_case() {
    WordCount count = text.wordCount("The cat, the dog\nand THE bird: über cat!", Optional.of(2));

    assertThat(count.words()).isEqualTo(9);
    assertThat(count.distinct()).isEqualTo(6);
    assertThat(count.top()).containsExactly(new Word("the", 3), new Word("cat", 2));
  }

  @Test
  void counts_nothing_in_an_empty_text() {
    assertThat(text.wordCount("", Optional.empty()).words()).isZero();
    assertThatThrownBy(() -> text.wordCount("x", Optional.of(-1)))
        .hasMessageContaining("top must be 0 to 1000");
  }
}
