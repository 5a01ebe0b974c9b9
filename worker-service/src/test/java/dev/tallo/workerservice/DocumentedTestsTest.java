package dev.tallo.workerservice;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The manual shows tests that are run. */
class DocumentedTestsTest {
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Path REPOSITORY = Path.of("..");
  private static final Path KIT = REPOSITORY.resolve("worker/test/src/test/java/dev/tallo/test");

  @Test
  void every_example_of_a_test_is_part_of_a_test() throws IOException {
    String manual = Files.readString(REPOSITORY.resolve("docs/tasks.md"));
    String section = manual.substring(manual.indexOf("## Test your tasks"));
    List<String> tests =
        List.of(
            Files.readString(
                Path.of("src/test/java/dev/tallo/workerservice/BuiltInTasksTest.java")),
            Files.readString(KIT.resolve("MovableClockTest.java")),
            Files.readString(KIT.resolve("PrivateBrokerIT.java")));

    List<String> examples =
        JAVA.matcher(section).results().map((MatchResult match) -> match.group(1)).toList();

    assertThat(examples).hasSize(5);
    for (String example : examples) {
      assertThat(tests).anyMatch(test -> test.contains(example));
    }
  }
}
