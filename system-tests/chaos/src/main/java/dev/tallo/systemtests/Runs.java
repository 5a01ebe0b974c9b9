package dev.tallo.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/** The runs that tasks wrote down, a line of the task's id each, from a moment on. */
final class Runs {
  /** A UUID and the end of the line. */
  private static final int LINE = 37;

  private final Path file;
  private final long from;

  private Runs(Path file, long from) {
    this.file = file;
    this.from = from;
  }

  /** Those that begin from now on. */
  static Runs of(Path file) {
    return new Runs(file, size(file));
  }

  /** How many there are. */
  long count() {
    return (size(file) - from) / LINE;
  }

  /** How many there are of each task. */
  Map<String, Integer> byTask() {
    Map<String, Integer> runs = new HashMap<>();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size() - from));
      long position = from;
      for (int n = channel.read(bytes, position); n > 0; n = channel.read(bytes, position)) {
        position += n;
      }
      new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII)
          .lines()
          .forEach(id -> runs.merge(id, 1, Integer::sum));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return runs;
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
