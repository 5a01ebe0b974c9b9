package dev.tallo.systemtests;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A file system of the test's own, in memory, that can be made full. Needs root, and Linux. */
final class Disk implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final String ROOM = "4g";

  /**
   * What may come in while the file system is made smaller: it is refused what is less than it
   * holds by then.
   */
  private static final long SLACK = 128L << 20;

  private final Path folder;
  private final Path filler;

  private Disk(Path folder) {
    this.folder = folder;
    filler = folder.resolve("filler");
  }

  /**
   * Mounts one there.
   *
   * @throws IOException why that is not possible
   */
  static Disk mount(Path folder) throws IOException {
    run("mount", "-t", "tmpfs", "-o", "size=" + ROOM, "tallo-chaos", folder.toString());
    return new Disk(folder);
  }

  /** From now on there is no room for one byte more. */
  void fill() throws IOException {
    FileStore store = Files.getFileStore(folder);
    long used = store.getTotalSpace() - store.getUnallocatedSpace();
    resize(Long.toString(used + SLACK));
    byte[] block = new byte[1 << 20];
    try (OutputStream rest = Files.newOutputStream(filler)) {
      for (long written = 0; written <= SLACK; written += block.length) {
        rest.write(block);
      }
    } catch (IOException full) {
      // Whoever took the last of it: what it is for, that requests are refused, the trial looks at.
      return;
    }
    throw new IOException("there is still room in " + folder);
  }

  /** There is room again. */
  void free() throws IOException {
    resize(ROOM);
    Files.deleteIfExists(filler);
  }

  @Override
  public void close() throws IOException {
    run("umount", folder.toString());
  }

  private void resize(String size) throws IOException {
    run("mount", "-o", "remount,size=" + size, folder.toString());
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
    try {
      if (!process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(command[0] + " did not end");
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            String.join(" ", command)
                + ": "
                + new String(process.getInputStream().readAllBytes()).strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
