package dev.tallo.worker.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tallo.worker.Arg;
import dev.tallo.worker.Retry;
import dev.tallo.worker.Task;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One application with every mistake: the build fails and tells of each where and what instead. */
class BuildErrorsTest {

  public static class Mistakes {
    public interface Shape {}

    public record Holder(List<Shape> shapes) {}

    public static class Hidden {
      private Hidden(int a, int b) {}

      static Hidden of(int a, int b) {
        return new Hidden(a, b);
      }
    }

    public class Inner {}

    @Task("twice")
    public void first() {}

    @Task("twice")
    public void second() {}

    @Task("no spaces")
    public void named() {}

    @Task("interface")
    public void takesInterface(Shape shape) {}

    @Task("nested")
    public void takesHolder(Holder holder) {}

    @Task("wildcard")
    public void takesWildcard(List<? extends Number> numbers) {}

    @Task("raw")
    @SuppressWarnings("rawtypes")
    public void takesRaw(Map map) {}

    public record Page<T>(List<T> items) {}

    @Task("raw-own")
    @SuppressWarnings("rawtypes")
    public void takesRawPage(Page page) {}

    @Task("variable")
    public <T> void takesVariable(T value) {}

    @Task("stream")
    public void takesStream(InputStream stream) {}

    @Task("hidden")
    public void takesHidden(Hidden hidden) {}

    @Task("inner")
    public void takesInner(Inner inner) {}

    @Task("nullable")
    public void takesNullable(@Nullable Integer fine, @jakarta.annotation.Nullable int wrong) {}

    @Task("same")
    public void takesSame(int x, @Arg("x") int y) {}

    @Task("private")
    private void hidden() {}

    @Task("static")
    public static void ofTheClass() {}

    @Task("multi")
    public Multi<String> many() {
      return Multi.createFrom().empty();
    }

    @Task("future")
    public Future<String> future() {
      throw new UnsupportedOperationException();
    }

    @Task(value = "limits", softTimeLimit = "10s", timeLimit = "PT10S", rate = "often")
    public void contradicts() {}

    @Task(
        value = "retries",
        retry = @Retry(max = 10_001, backOff = "soon", maxBackOff = "0s"),
        concurrency = -1)
    public void retriesWrongly() {}

    @Task("raw-uni")
    @SuppressWarnings("rawtypes")
    public Uni something() {
      return Uni.createFrom().nullItem();
    }
  }

  public abstract static class Abstract {
    @Task("abstract")
    public void inherited() {}
  }

  @Test
  void tells_of_every_mistake_where_it_is_and_what_would_be_right(@TempDir Path folder) {
    String name = Mistakes.class.getName();

    assertThatThrownBy(() -> ApplicationBuild.of(folder, Mistakes.class, Abstract.class))
        .satisfies(
            failure ->
                assertThat(messages(failure))
                    .contains(
                        name + ".second(): the task name 'twice' is taken by " + name + ".first()",
                        name + ".named(): the task name 'no spaces' is not allowed",
                        name
                            + ".takesInterface(BuildErrorsTest$Mistakes$Shape shape): parameter"
                            + " 'shape' of type "
                            + name
                            + "$Shape cannot be converted from JSON",
                        "is an interface and Jackson cannot know which class to build",
                        name + ".takesHolder(BuildErrorsTest$Mistakes$Holder holder): parameter",
                        "its component 'shapes' cannot be either",
                        "'? extends java.lang.Number' is a wildcard: name the type",
                        "java.util.Map does not say what it holds",
                        name + "$Page does not say what it holds",
                        name + ".takesVariable(Object value): a task method must not be generic",
                        name + ".takesStream(InputStream stream): parameter 'stream'",
                        name + "$Hidden has no constructor that Jackson could use",
                        name + "$Inner is an inner class",
                        "parameter 'wrong' is @Nullable but of the primitive type int",
                        name + ".takesSame(int x, int y): two parameters have the name 'x'",
                        name + ".hidden(): a task method must not be private",
                        name + ".ofTheClass(): a task method must not be static",
                        name
                            + ".many(): its result cannot be written as JSON:"
                            + " io.smallrye.mutiny.Multi is not a value",
                        name + ".future(): its result cannot be written as JSON",
                        name
                            + ".something(): its result io.smallrye.mutiny.Uni does not say of"
                            + " what",
                        name + ".contradicts(): softTimeLimit has to be shorter than timeLimit",
                        name + ".contradicts(): a rate looks like 10/s, 100/m or 5/h, not 'often'",
                        name + ".retriesWrongly(): retry max is 10001: 0 to 10000",
                        name + ".retriesWrongly(): retry backOff is 'soon': write 30s",
                        name + ".retriesWrongly(): retry maxBackOff is '0s': more than 0",
                        name + ".retriesWrongly(): concurrency is -1: 1 or more",
                        ".inherited(): a task method must not be declared on an abstract class")
                    .doesNotContain("'fine'"));
  }

  private static String messages(Throwable failure) {
    StringBuilder all = new StringBuilder();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      all.append(cause.getMessage()).append('\n');
    }
    return all.toString();
  }
}
