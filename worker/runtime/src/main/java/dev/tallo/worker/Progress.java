package dev.tallo.worker;

import java.util.Optional;

/**
 * How far a task has come.
 *
 * @param done of {@code total}, in whatever unit the task counts: 0 to {@code total}
 * @param total finite and more than 0
 * @param note what it does at the moment, for people; cut after {@value #LONGEST_NOTE} characters
 */
public record Progress(double done, double total, Optional<String> note) {
  /** Characters of a note that are kept. */
  public static final int LONGEST_NOTE = 500;

  public Progress {
    if (!(total > 0 && Double.isFinite(total))) {
      throw new IllegalArgumentException("total must be finite and more than 0, not " + total);
    }
    if (!(done >= 0 && done <= total)) {
      throw new IllegalArgumentException("done must be 0 to %s, not %s".formatted(total, done));
    }
    note = note.map(Progress::cut);
  }

  private static String cut(String note) {
    if (note.length() <= LONGEST_NOTE) {
      return note;
    }
    boolean splitsPair = Character.isHighSurrogate(note.charAt(LONGEST_NOTE - 1));
    return note.substring(0, splitsPair ? LONGEST_NOTE - 1 : LONGEST_NOTE);
  }
}
