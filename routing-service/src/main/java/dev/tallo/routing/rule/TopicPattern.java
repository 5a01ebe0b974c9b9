package dev.tallo.routing.rule;

import java.util.List;

/**
 * A pattern for names as AMQP's topic exchanges have it: words with dots between them, {@code *} is
 * any one word, {@code #} any number of words, also none. It matches whole names only.
 *
 * <p>Matching takes at most pattern words times name words steps, as with {@link Glob}.
 */
public final class TopicPattern {
  /** Longest pattern, in characters: that of a binding key. */
  public static final int MAX_LENGTH = 255;

  private static final String WORD = "*";
  private static final String WORDS = "#";

  private final String pattern;
  private final List<String> expected;

  private TopicPattern(String pattern, List<String> expected) {
    this.pattern = pattern;
    this.expected = expected;
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException when it is empty or too long, or has a wildcard inside a word
   */
  public static TopicPattern of(String pattern) {
    if (pattern.isEmpty() || pattern.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("must have 1 to " + MAX_LENGTH + " characters");
    }
    List<String> words = words(pattern);
    for (String word : words) {
      if (word.length() > 1 && (word.contains(WORD) || word.contains(WORDS))) {
        throw new IllegalArgumentException(
            "must have * and # as whole words between dots, unlike in '" + word + "'");
      }
    }
    return new TopicPattern(pattern, words);
  }

  /** Whether the whole name matches. */
  public boolean matches(String name) {
    List<String> words = words(name);
    int position = 0;
    int element = 0;
    int retryElement = -1;
    int retryPosition = -1;
    while (position < words.size() || element < expected.size()) {
      if (element < expected.size()) {
        if (expected.get(element).equals(WORDS)) {
          retryElement = ++element;
          retryPosition = position;
          continue;
        }
        if (position < words.size() && takes(expected.get(element), words.get(position))) {
          position++;
          element++;
          continue;
        }
      }
      if (retryElement < 0 || retryPosition >= words.size()) {
        return false;
      }
      position = ++retryPosition;
      element = retryElement;
    }
    return true;
  }

  /** Whether it takes every name. */
  boolean takesEverything() {
    return expected.stream().allMatch(WORDS::equals);
  }

  private static boolean takes(String expected, String word) {
    return expected.equals(WORD) || expected.equals(word);
  }

  private static List<String> words(String name) {
    return List.of(name.split("\\.", -1));
  }

  /** The pattern as it was written. */
  @Override
  public String toString() {
    return pattern;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TopicPattern topic && topic.pattern.equals(pattern);
  }

  @Override
  public int hashCode() {
    return pattern.hashCode();
  }
}
