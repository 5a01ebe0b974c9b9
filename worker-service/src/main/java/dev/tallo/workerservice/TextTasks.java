package dev.tallo.workerservice;

import dev.tallo.worker.Arg;
import dev.tallo.worker.Task;
import java.text.BreakIterator;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Tasks on text, with a record as the result and an argument that may be left out. */
class TextTasks {

  /**
   * How often words occur.
   *
   * @param words in total
   * @param distinct different ones, upper and lower case being the same
   * @param top the most frequent ones, then by the alphabet
   */
  record WordCount(int words, int distinct, List<Word> top) {}

  /** A word and how often it occurs. */
  record Word(String word, int count) {}

  /** Counts the words of a text; {@code top}, 0 to 1,000, is how many to list (default 10). */
  @Task("text.word-count")
  WordCount wordCount(String text, @Arg("top") Optional<Integer> howMany) {
    int top = howMany.orElse(10);
    if (top < 0 || top > 1_000) {
      throw new IllegalArgumentException("top must be 0 to 1000, not " + top);
    }
    Map<String, Integer> counts = new HashMap<>();
    BreakIterator words = BreakIterator.getWordInstance(Locale.ROOT);
    words.setText(text);
    int start = words.first();
    for (int end = words.next(); end != BreakIterator.DONE; start = end, end = words.next()) {
      if (Character.isLetterOrDigit(text.codePointAt(start))) {
        counts.merge(text.substring(start, end).toLowerCase(Locale.ROOT), 1, Integer::sum);
      }
    }
    List<Word> mostFrequent =
        counts.entrySet().stream()
            .map(entry -> new Word(entry.getKey(), entry.getValue()))
            .sorted(Comparator.comparingInt(Word::count).reversed().thenComparing(Word::word))
            .limit(top)
            .toList();
    return new WordCount(
        counts.values().stream().mapToInt(Integer::intValue).sum(), counts.size(), mostFrequent);
  }
}
