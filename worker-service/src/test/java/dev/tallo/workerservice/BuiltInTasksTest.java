package dev.tallo.workerservice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallo.messaging.protocol.State;
import dev.tallo.test.TaskRun;
import dev.tallo.test.TaskTester;
import dev.tallo.workerservice.TextTasks.Word;
import dev.tallo.workerservice.TextTasks.WordCount;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import org.junit.jupiter.api.Test;

@QuarkusTest
class BuiltInTasksTest {
  @Inject TaskTester tasks;

  @Test
  void adds_and_does_not_wrap_around() {
    assertThat(tasks.run("demo.add", 2, 3).as(Long.class)).isEqualTo(5);
    assertThat(failure(tasks.run("demo.add", Long.MAX_VALUE, 1))).contains("overflow");
  }

  @Test
  void echoes_what_came() {
    TaskRun run = tasks.task("demo.echo").argsJson("[{\"a\": [1, null]}]").run();

    assertThat(run.json()).hasToString("{\"a\":[1,null]}");
  }

  @Test
  void sleeps_only_so_long() {
    assertThat(tasks.run("demo.sleep", 0.001).as(Double.class)).isEqualTo(0.001);
    assertThat(failure(tasks.run("demo.sleep", -1))).contains("0 to 3600, not -1.0");
    assertThat(failure(tasks.run("demo.sleep", 3_601))).contains("0 to 3600");
    assertThat(failure(tasks.run("demo.sleep", Double.NaN))).contains("0 to 3600");
  }

  @Test
  void fails_with_the_message_it_got() {
    TaskRun run = tasks.run("demo.fail", "no paper");

    assertThat(run.state()).isEqualTo(State.FAILURE);
    assertThat(run.exception().orElseThrow().type()).isEqualTo("DemoFailure");
    assertThat(run.exception().orElseThrow().text()).isEqualTo("no paper");
    assertThat(failure(tasks.run("demo.fail"))).contains("demo.fail");
  }

  @Test
  void counts_words_whatever_their_case() {
    TaskRun run =
        tasks.task("text.word-count").args("The cat, the dog\nand THE bird!").kwarg("top", 1).run();

    assertThat(run.as(WordCount.class).words()).isEqualTo(7);
    assertThat(run.as(WordCount.class).top()).containsExactly(new Word("the", 3));
  }

  @Test
  void counts_each_word_once_as_distinct() {
    WordCount count = tasks.run("text.word-count", "über cat, Über dog: cat!").as(WordCount.class);

    assertThat(count.distinct()).isEqualTo(3);
    assertThat(count.top())
        .containsExactly(new Word("cat", 2), new Word("über", 2), new Word("dog", 1));
  }

  @Test
  void counts_nothing_in_an_empty_text() {
    assertThat(tasks.run("text.word-count", "").as(WordCount.class).words()).isZero();
    assertThat(failure(tasks.run("text.word-count", "x", -1))).contains("top must be 0 to 1000");
  }

  private static String failure(TaskRun run) {
    return run.exception().orElseThrow().text();
  }
}
