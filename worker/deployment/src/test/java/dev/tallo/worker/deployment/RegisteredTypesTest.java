package dev.tallo.worker.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.tallo.worker.Task;
import dev.tallo.worker.TaskContext;
import io.smallrye.mutiny.Uni;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegisteredTypesTest {

  public static class Application {
    public record Parameter(Inner inner, Optional<Optionally> optionally) {}

    public record Inner(List<Element> elements, Map<String, Value> values) {}

    public record Element(Level level) {}

    public record Value(Cell[] cells) {}

    public record Cell(int x) {}

    public record Optionally(String text) {}

    public enum Level {
      LOW
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes(@JsonSubTypes.Type(Circle.class))
    public interface Shape {}

    public record Circle(double radius) implements Shape {}

    public record Returned(Detail detail) {}

    public record Detail(int number) {}

    public record Promised(int number) {}

    public record Staged(int number) {}

    public record Unused(int number) {}

    @Task("a")
    public Returned a(Parameter parameter, List<Shape> shapes, TaskContext context) {
      return new Returned(new Detail(shapes.size()));
    }

    @Task("b")
    public Uni<List<Promised>> b() {
      return Uni.createFrom().nullItem();
    }

    @Task("c")
    CompletionStage<Optional<Staged>> c(int number) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void registers_every_type_of_parameters_and_results_for_native_images(@TempDir Path folder) {
    Map<String, Set<String>> built = ApplicationBuild.of(folder, Application.class);

    assertThat(built.get("tasks")).containsExactly("a", "b", "c");
    for (Class<?> type :
        List.of(
            Application.Parameter.class,
            Application.Inner.class,
            Application.Element.class,
            Application.Value.class,
            Application.Cell.class,
            Application.Optionally.class,
            Application.Level.class,
            Application.Shape.class,
            Application.Circle.class,
            Application.Returned.class,
            Application.Detail.class,
            Application.Promised.class,
            Application.Staged.class)) {
      assertThat(built.get("reflective")).contains(type.getName());
    }
    assertThat(built.get("reflective")).doesNotContain(Application.Unused.class.getName());
  }
}
