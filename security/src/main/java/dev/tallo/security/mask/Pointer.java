package dev.tallo.security.mask;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A part of a task: a JSON pointer (RFC 6901) below one of its parts, in which {@code *} stands for
 * each element or field.
 *
 * @param steps below the part; none: all of it
 */
record Pointer(Part part, List<String> steps) {
  /** What is shown in place of what is hidden. */
  static final TextNode MASK = TextNode.valueOf("***");

  private static final String EACH = "*";
  private static final Pattern POSITION = Pattern.compile("[0-9]{1,5}");

  /** Where a pointer begins. */
  enum Part {
    ARGS,
    KWARGS,
    HEADERS,
    RESULT,
    ERROR;

    private static Optional<Part> of(String word) {
      return Arrays.stream(values())
          .filter(part -> part.name().toLowerCase(Locale.ROOT).equals(word))
          .findAny();
    }
  }

  Pointer {
    steps = List.copyOf(steps);
  }

  /**
   * Reads a pointer, the position of an argument or its name.
   *
   * @throws IllegalArgumentException that says what would be right
   */
  static Pointer parse(String text) {
    String field = text.strip();
    if (POSITION.matcher(field).matches()) {
      return new Pointer(Part.ARGS, List.of(field));
    }
    if (!field.startsWith("/") && !field.isEmpty()) {
      return new Pointer(Part.KWARGS, List.of(field));
    }
    String[] steps = field.split("/", -1);
    Optional<Part> part = steps.length < 2 ? Optional.empty() : Part.of(steps[1]);
    if (part.isEmpty() || part.get() == Part.ERROR && steps.length > 2) {
      throw new IllegalArgumentException(
          "must be positions, names, or pointers like /args/0, /kwargs/card, /headers/token,"
              + " /result/iban, /error, and not '"
              + field
              + "'");
    }
    return new Pointer(
        part.get(),
        Arrays.stream(steps)
            .skip(2)
            .map(step -> step.replace("~1", "/").replace("~0", "~"))
            .toList());
  }

  /** Hides what it points to, if that is there; returns what is left of the whole. */
  JsonNode mask(JsonNode whole) {
    return mask(whole, 0);
  }

  /**
   * Puts what was before in place of what is hidden, where it points to; returns the whole.
   *
   * @param before missing: nothing
   * @param lost is told if nothing was there before
   */
  JsonNode restore(JsonNode whole, JsonNode before, Runnable lost) {
    return restore(whole, before, lost, 0);
  }

  private JsonNode mask(JsonNode node, int depth) {
    if (depth == steps.size()) {
      return MASK;
    }
    for (String name : names(node, depth)) {
      set(node, name, mask(child(node, name), depth + 1));
    }
    return node;
  }

  private JsonNode restore(JsonNode node, JsonNode before, Runnable lost, int depth) {
    if (depth == steps.size()) {
      if (node.equals(MASK) && before.isMissingNode()) {
        lost.run();
      }
      return node.equals(MASK) && !before.isMissingNode() ? before : node;
    }
    for (String name : names(node, depth)) {
      set(node, name, restore(child(node, name), child(before, name), lost, depth + 1));
    }
    return node;
  }

  /** The fields or places of a node that the step at this depth is about. */
  private List<String> names(JsonNode node, int depth) {
    String step = steps.get(depth);
    List<String> all =
        switch (node) {
          case ObjectNode object -> object.properties().stream().map(Map.Entry::getKey).toList();
          case ArrayNode array ->
              IntStream.range(0, array.size()).mapToObj(Integer::toString).toList();
          default -> List.of();
        };
    return step.equals(EACH) ? all : all.contains(step) ? List.of(step) : List.of();
  }

  private static JsonNode child(JsonNode node, String name) {
    return node instanceof ArrayNode array && POSITION.matcher(name).matches()
        ? array.path(Integer.parseInt(name))
        : node.path(name);
  }

  private static void set(JsonNode node, String name, JsonNode value) {
    switch (node) {
      case ObjectNode object -> object.set(name, value);
      case ArrayNode array -> array.set(Integer.parseInt(name), value);
      default -> throw new IllegalStateException("nothing can be in " + node.getNodeType());
    }
  }
}
