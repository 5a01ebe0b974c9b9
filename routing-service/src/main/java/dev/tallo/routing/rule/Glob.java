package dev.tallo.routing.rule;

import java.util.ArrayList;
import java.util.List;

/**
 * A pattern for names, as in the keys of Celery's {@code task_routes}: Python's {@code fnmatch},
 * case-sensitive. {@code *} is any text, {@code ?} one character, {@code [abc]} and {@code [a-z]}
 * one of a set, {@code [!abc]} one not in it; a bracket without its closing one stands for itself.
 * It matches whole names only.
 *
 * <p>Matching takes at most pattern length times name length steps: after a mismatch only the last
 * {@code *} is tried again, one character further on, which is enough since an earlier one could
 * not take less.
 */
public final class Glob {
  /** Longest pattern, in characters. */
  public static final int MAX_LENGTH = 500;

  private final String pattern;
  private final List<Element> elements;

  private Glob(String pattern, List<Element> elements) {
    this.pattern = pattern;
    this.elements = elements;
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException when it is empty or longer than {@link #MAX_LENGTH}
   */
  public static Glob of(String pattern) {
    if (pattern.isEmpty() || pattern.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("must have 1 to " + MAX_LENGTH + " characters");
    }
    return new Glob(pattern, parse(pattern.codePoints().toArray()));
  }

  /** Whether the whole name matches. */
  public boolean matches(String name) {
    int position = 0;
    int element = 0;
    int retryElement = -1;
    int retryPosition = -1;
    while (position < name.length() || element < elements.size()) {
      if (element < elements.size()) {
        if (elements.get(element) instanceof AnyText) {
          retryElement = ++element;
          retryPosition = position;
          continue;
        }
        if (position < name.length() && elements.get(element).takes(name.codePointAt(position))) {
          position += Character.charCount(name.codePointAt(position));
          element++;
          continue;
        }
      }
      if (retryElement < 0 || retryPosition >= name.length()) {
        return false;
      }
      retryPosition += Character.charCount(name.codePointAt(retryPosition));
      position = retryPosition;
      element = retryElement;
    }
    return true;
  }

  /** Whether it takes every name. */
  boolean takesEverything() {
    return elements.stream().allMatch(AnyText.class::isInstance);
  }

  private static List<Element> parse(int[] pattern) {
    List<Element> elements = new ArrayList<>();
    int at = 0;
    while (at < pattern.length) {
      int end;
      if (pattern[at] == '*') {
        elements.add(new AnyText());
      } else if (pattern[at] == '?') {
        elements.add(new AnyCharacter());
      } else if (pattern[at] == '[' && (end = endOfSet(pattern, at)) > 0) {
        elements.add(set(pattern, at + 1, end));
        at = end;
      } else {
        elements.add(new Literal(pattern[at]));
      }
      at++;
    }
    return List.copyOf(elements);
  }

  /** Index of the closing bracket, or -1; a bracket right after the opening belongs to the set. */
  private static int endOfSet(int[] pattern, int open) {
    int at = open + 1;
    if (at < pattern.length && pattern[at] == '!') {
      at++;
    }
    if (at < pattern.length && pattern[at] == ']') {
      at++;
    }
    while (at < pattern.length && pattern[at] != ']') {
      at++;
    }
    return at < pattern.length ? at : -1;
  }

  private static Element set(int[] pattern, int from, int end) {
    boolean negated = pattern[from] == '!';
    List<Range> ranges = new ArrayList<>();
    int at = negated ? from + 1 : from;
    while (at < end) {
      if (at + 2 < end && pattern[at + 1] == '-') {
        ranges.add(new Range(pattern[at], pattern[at + 2]));
        at += 3;
      } else {
        ranges.add(new Range(pattern[at], pattern[at]));
        at++;
      }
    }
    return new CharacterSet(negated, List.copyOf(ranges));
  }

  /** The pattern as it was written. */
  @Override
  public String toString() {
    return pattern;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Glob glob && glob.pattern.equals(pattern);
  }

  @Override
  public int hashCode() {
    return pattern.hashCode();
  }

  private sealed interface Element {
    boolean takes(int character);
  }

  private record AnyText() implements Element {
    @Override
    public boolean takes(int character) {
      return true;
    }
  }

  private record AnyCharacter() implements Element {
    @Override
    public boolean takes(int character) {
      return true;
    }
  }

  private record Literal(int expected) implements Element {
    @Override
    public boolean takes(int character) {
      return character == expected;
    }
  }

  private record CharacterSet(boolean negated, List<Range> ranges) implements Element {
    @Override
    public boolean takes(int character) {
      return negated != ranges.stream().anyMatch(r -> r.first <= character && character <= r.last);
    }
  }

  /** Both ends included; holds nothing when the ends are the wrong way round, as in fnmatch. */
  private record Range(int first, int last) {}
}
