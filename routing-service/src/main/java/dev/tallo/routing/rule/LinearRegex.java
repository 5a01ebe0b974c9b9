package dev.tallo.routing.rule;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A regular expression that no text can make slow: RE2's syntax and engine, whose time is the
 * product of the program's length and the text's. Both are bounded. It is looked for anywhere in
 * the text; {@code ^} and {@code $} tie it to the ends.
 */
public final class LinearRegex {
  /** Longest pattern, in characters. */
  public static final int MAX_PATTERN = 500;

  /** Longest text that is looked at, in characters; a longer one does not match. */
  public static final int MAX_TEXT = 4_096;

  /** Most instructions of the compiled pattern. */
  private static final int MAX_PROGRAM = 1_000;

  private final Pattern pattern;

  private LinearRegex(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException when it is none, or is too large once its repetitions are
   *     written out
   */
  public static LinearRegex of(String pattern) {
    if (pattern.isEmpty() || pattern.length() > MAX_PATTERN) {
      throw new IllegalArgumentException("must have 1 to " + MAX_PATTERN + " characters");
    }
    // The compiler writes repetitions out, nested ones multiplied, and knows no bound itself.
    if (mostRepeated(pattern) > MAX_PROGRAM) {
      throw tooLarge();
    }
    Pattern compiled;
    try {
      compiled = Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "must be a regular expression of RE2: "
              + e.getDescription()
              + " '"
              + e.getPattern()
              + "'",
          e);
    }
    if (compiled.programSize() > MAX_PROGRAM) {
      throw tooLarge();
    }
    return new LinearRegex(compiled);
  }

  /** Whether the pattern is found in the text. */
  public boolean foundIn(String text) {
    return text.length() <= MAX_TEXT && pattern.matcher(text).find();
  }

  private static IllegalArgumentException tooLarge() {
    return new IllegalArgumentException(
        "must be smaller: with its repetitions written out it has more than "
            + MAX_PROGRAM
            + " steps");
  }

  /** How often the most repeated part is written out, at least. */
  private static long mostRepeated(String pattern) {
    Deque<Long> groups = new ArrayDeque<>();
    long group = 1;
    long last = 1;
    int at = 0;
    while (at < pattern.length()) {
      char c = pattern.charAt(at);
      switch (c) {
        case '\\' -> {
          last = 1;
          at = endOfEscape(pattern, at);
        }
        case '[' -> {
          last = 1;
          at = endOfSet(pattern, at);
        }
        case '(' -> {
          groups.push(group);
          group = 1;
          last = 1;
        }
        case ')' -> {
          last = group;
          group = groups.isEmpty() ? group : Math.max(groups.pop(), last);
        }
        case '{' -> last = Math.min(last * count(pattern, at), Integer.MAX_VALUE);
        case '*', '+', '?' -> {}
        default -> last = 1;
      }
      group = Math.max(group, last);
      at++;
    }
    while (!groups.isEmpty()) {
      group = Math.max(group, groups.pop());
    }
    return group;
  }

  /** Index of the last character of an escape. */
  private static int endOfEscape(String pattern, int at) {
    if (pattern.startsWith("\\Q", at)) {
      int end = pattern.indexOf("\\E", at + 2);
      return end < 0 ? pattern.length() - 1 : end + 1;
    }
    return at + 1;
  }

  /** Index of the closing bracket; one right after the opening belongs to the set. */
  private static int endOfSet(String pattern, int open) {
    int at = open + 1;
    if (at < pattern.length() && pattern.charAt(at) == '^') {
      at++;
    }
    if (at < pattern.length() && pattern.charAt(at) == ']') {
      at++;
    }
    while (at < pattern.length() && pattern.charAt(at) != ']') {
      at += pattern.charAt(at) == '\\' ? 2 : 1;
    }
    return at;
  }

  /**
   * The larger number of {@code {n}} or {@code {n,m}}; 1 if it is neither, and so no repetition.
   */
  private static long count(String pattern, int open) {
    int close = pattern.indexOf('}', open);
    if (close < 0) {
      return 1;
    }
    long most = 1;
    for (String number : pattern.substring(open + 1, close).split(",", -1)) {
      if (!number.isEmpty() && number.chars().allMatch(c -> c >= '0' && c <= '9')) {
        most = Math.max(most, number.length() > 6 ? Integer.MAX_VALUE : Long.parseLong(number));
      }
    }
    return most;
  }

  /** The pattern as it was written. */
  @Override
  public String toString() {
    return pattern.pattern();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LinearRegex regex && regex.toString().equals(toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }
}
