package dev.tallo.routing.rule;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/** What rules look at. */
public interface RoutedTask {
  /** The task's id. */
  String id();

  /** The task's name. */
  String name();

  /** A header as text: text itself, numbers and truth values; none if it is absent or else. */
  Optional<String> header(String name);

  /**
   * The arguments as one document: {@code {"args": [...], "kwargs": {...}}}. Read when first asked
   * for.
   *
   * @throws UnreadableArgumentsException if the message's body cannot be read
   */
  JsonNode arguments();
}
