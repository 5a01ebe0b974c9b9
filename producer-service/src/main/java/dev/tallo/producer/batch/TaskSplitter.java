package dev.tallo.producer.batch;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/**
 * Cuts an upload into the JSON texts of single tasks, without parsing them: the lines of NDJSON, or
 * the elements of a JSON array, which end at a comma or bracket outside of strings and nested
 * values. A task that is malformed, or larger than it may be, thus spoils none of the others, and
 * never more than one task is held. For one thread.
 */
final class TaskSplitter {
  /** How the tasks are set apart. */
  enum Format {
    LINES,
    ARRAY
  }

  /** A piece of the upload. */
  sealed interface Part {
    /** Its line, or its place in the array, from 1. */
    int number();
  }

  /** The JSON text of one task: a part of a buffer that is valid until the next call. */
  record Task(int number, byte[] buffer, int offset, int length) implements Part {}

  /** A task of more bytes than allowed, which were skipped. */
  record TooLarge(int number) implements Part {}

  /** The frame around the tasks is wrong; nothing comes after it. */
  record Malformed(int number, String message) implements Part {}

  private static final int FIRST_BUFFER = 64 * 1024;
  private static final int END = -1;

  private final InputStream in;
  private final Format format;
  private final int maxTask;
  private byte[] buffer;
  private int start; // of the current part
  private int position;
  private int end;
  private boolean tooLarge;
  private int number;
  private boolean begun;
  private boolean ended;

  TaskSplitter(InputStream in, Format format, int maxTask) {
    this.in = in;
    this.format = format;
    this.maxTask = maxTask;
    buffer = new byte[Math.min(FIRST_BUFFER, maxTask + 1)];
  }

  /** The next part; empty at the end of the upload. */
  Optional<Part> next() throws IOException {
    if (ended) {
      return Optional.empty();
    }
    return switch (format) {
      case LINES -> nextLine();
      case ARRAY -> nextElement();
    };
  }

  private Optional<Part> nextLine() throws IOException {
    while (true) {
      number++;
      begin();
      int b = read();
      while (b != '\n' && b != END) {
        b = read();
      }
      ended = b == END;
      Optional<Part> line = part(b == END ? position : position - 1);
      if (line.isPresent() || ended) {
        return line;
      }
    }
  }

  private Optional<Part> nextElement() throws IOException {
    if (!begun) {
      begun = true;
      if (skipSpace() != '[') {
        return malformed("must be a JSON array of tasks: [{\"task\": …}, …]");
      }
      if (skipSpace() == ']') {
        return afterArray();
      }
      position--;
    }
    number++;
    begin();
    int depth = 0;
    boolean inString = false;
    while (true) {
      int b = read();
      if (b == END) {
        return malformed("the array is not closed with ]");
      }
      if (inString) {
        if (b == '\\') {
          read();
        } else if (b == '"') {
          inString = false;
        }
        continue;
      }
      switch (b) {
        case '"' -> inString = true;
        case '[', '{' -> depth++;
        case '}' -> depth = Math.max(0, depth - 1);
        case ']' -> {
          if (depth == 0) {
            Optional<Part> last = part(position - 1);
            ended = true;
            return last.isPresent() ? last : malformed("a task is missing before ]");
          }
          depth--;
        }
        case ',' -> {
          if (depth == 0) {
            Optional<Part> element = part(position - 1);
            return element.isPresent() ? element : malformed("a task is missing before ,");
          }
        }
        default -> {}
      }
    }
  }

  private Optional<Part> afterArray() {
    ended = true;
    return Optional.empty();
  }

  private Optional<Part> malformed(String message) {
    ended = true;
    return Optional.of(new Malformed(Math.max(1, number), message));
  }

  /** What was read since {@link #begin} up to here; empty if it is blank. */
  private Optional<Part> part(int to) {
    if (tooLarge || to - start > maxTask) {
      return Optional.of(new TooLarge(number));
    }
    int from = start;
    int until = to;
    while (from < until && isSpace(buffer[from])) {
      from++;
    }
    while (until > from && isSpace(buffer[until - 1])) {
      until--;
    }
    return from == until
        ? Optional.empty()
        : Optional.of(new Task(number, buffer, from, until - from));
  }

  private void begin() {
    start = position;
    tooLarge = false;
  }

  private int skipSpace() throws IOException {
    begin();
    int b = read();
    while (b != END && isSpace((byte) b)) {
      start = position;
      b = read();
    }
    return b;
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\t' || b == '\r' || b == '\n';
  }

  private int read() throws IOException {
    return position < end || fill() ? buffer[position++] & 0xff : END;
  }

  /** Reads more, keeping what was read of the current part as long as it may become a task. */
  private boolean fill() throws IOException {
    if (position - start > maxTask) {
      tooLarge = true;
    }
    if (tooLarge) {
      start = position;
    }
    if (start > 0) {
      System.arraycopy(buffer, start, buffer, 0, end - start);
      position -= start;
      end -= start;
      start = 0;
    }
    if (end == buffer.length) {
      buffer = Arrays.copyOf(buffer, (int) Math.min(2L * buffer.length, maxTask + 1L));
    }
    int n = in.read(buffer, end, buffer.length - end);
    if (n < 0) {
      return false;
    }
    end += n;
    return n > 0 || fill();
  }
}
