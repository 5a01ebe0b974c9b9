package dev.tallo.worker.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.tallo.worker.Task;
import dev.tallo.worker.TaskContext;
import io.smallrye.mutiny.Uni;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
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

    public record Page<T>(List<T> items, Cursor next) {}

    public record Cursor(int at) {}

    public record Item(int number) {}

    public record Key(String text) {}

    public record Keyed(int number) {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes({@JsonSubTypes.Type(Wet.class), @JsonSubTypes.Type(Dry.class)})
    public sealed interface Weather permits Wet, Dry {}

    public record Wet(Rain rain) implements Weather {}

    public record Rain(double litres) {}

    public record Dry() implements Weather {}

    public record Written(int number) {}

    public record Unused(int number) {}

    @Task("a")
    public Returned a(Parameter parameter, List<Shape> shapes, TaskContext context) {
      return new Returned(new Detail(shapes.size()));
    }

    @Task("b")
    public Uni<List<Promised>> b() {
      return Uni.createFrom().nullItem();
    }

    @Task("d")
    public Page<Written> d(Page<Item> page, List<Map<Key, Keyed[]>> nested) {
      throw new UnsupportedOperationException();
    }

    @Task("e")
    public Uni<? extends Weather> e(OptionalInt number, LocalDate day, byte[] bytes) {
      throw new UnsupportedOperationException();
    }

    @Task("c")
    CompletionStage<Optional<Staged>> c(int number) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void registers_every_type_of_parameters_and_results_for_native_images(@TempDir Path folder) {
    Map<String, Set<String>> built = ApplicationBuild.of(folder, Application.class);

    assertThat(built.get("tasks")).containsExactly("a", "b", "c", "d", "e");
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
            Application.Staged.class,
            Application.Page.class,
            Application.Cursor.class,
            Application.Item.class,
            Application.Key.class,
            Application.Keyed.class,
            Application.Written.class,
            Application.Weather.class,
            Application.Wet.class,
            Application.Rain.class,
            Application.Dry.class)) {
      assertThat(built.get("reflective")).contains(type.getName());
    }
    assertThat(built.get("reflective")).doesNotContain(Application.Unused.class.getName());
  }
}
