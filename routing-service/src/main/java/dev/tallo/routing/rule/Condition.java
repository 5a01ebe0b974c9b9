package dev.tallo.routing.rule;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/** One thing that a rule asks of a task. */
public sealed interface Condition {
  /** Whether the task has it. */
  boolean holds(RoutedTask task);

  /** Why it does not hold, for people; of use only when it does not. */
  String why(RoutedTask task);

  /** The name alone decides. */
  sealed interface OfName extends Condition {
    boolean takes(String name);

    @Override
    default boolean holds(RoutedTask task) {
      return takes(task.name());
    }
  }

  /** The task's name matches a glob. */
  record NameGlob(Glob pattern) implements OfName {
    @Override
    public boolean takes(String name) {
      return pattern.matches(name);
    }

    @Override
    public String why(RoutedTask task) {
      return "the name '%s' does not match '%s'".formatted(task.name(), pattern);
    }
  }

  /** The task's name matches a topic pattern. */
  record NameTopic(TopicPattern pattern) implements OfName {
    @Override
    public boolean takes(String name) {
      return pattern.matches(name);
    }

    @Override
    public String why(RoutedTask task) {
      return "the name '%s' does not match the topic '%s'".formatted(task.name(), pattern);
    }
  }

  /** A header is this text. */
  record HeaderEquals(String name, String value) implements Condition {
    @Override
    public boolean holds(RoutedTask task) {
      return task.header(name).filter(value::equals).isPresent();
    }

    @Override
    public String why(RoutedTask task) {
      return Shown.header(name, task.header(name)) + ", not '" + value + "'";
    }
  }

  /** A header begins with this text. */
  record HeaderPrefix(String name, String prefix) implements Condition {
    @Override
    public boolean holds(RoutedTask task) {
      return task.header(name).filter(value -> value.startsWith(prefix)).isPresent();
    }

    @Override
    public String why(RoutedTask task) {
      return Shown.header(name, task.header(name)) + " and does not begin with '" + prefix + "'";
    }
  }

  /** An argument is as the test says. */
  record Argument(JsonPointer pointer, ValueTest test) implements Condition {
    @Override
    public boolean holds(RoutedTask task) {
      JsonNode value = task.arguments().at(pointer);
      return !value.isMissingNode() && test.accepts(value);
    }

    @Override
    public String why(RoutedTask task) {
      JsonNode value = task.arguments().at(pointer);
      return value.isMissingNode()
          ? "there is no argument '%s'".formatted(pointer)
          : "the argument '%s' is %s, not %s"
              .formatted(pointer, Shown.shortened(value.toString()), test.expected());
    }
  }

  /** Values as reasons show them. */
  final class Shown {
    private static final int LONGEST = 80;

    private Shown() {}

    static String header(String name, Optional<String> value) {
      return value
          .map(text -> "the header '%s' is '%s'".formatted(name, shortened(text)))
          .orElse("the header '%s' is missing".formatted(name));
    }

    static String shortened(String text) {
      return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }
  }
}
