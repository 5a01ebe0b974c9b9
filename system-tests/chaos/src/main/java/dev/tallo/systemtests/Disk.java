package dev.tallo.systemtests;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A file system of the test's own, in memory, that can be made full. Needs root, and Linux. */
final class Disk implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final String ROOM = "size=4g";

  private final Path folder;

  private Disk(Path folder) {
    this.folder = folder;
  }

  /**
   * Mounts one there.
   *
   * @throws IOException why that is not possible
   */
  static Disk mount(Path folder) throws IOException {
    run("mount", "-t", "tmpfs", "-o", ROOM, "tallo-chaos", folder.toString());
    return new Disk(folder);
  }

  /** From now on there is no room for one byte more. */
  void fill() throws IOException {
    FileStore store = Files.getFileStore(folder);
    long used = store.getTotalSpace() - store.getUnallocatedSpace();
    run("mount", "-o", "remount,size=" + used, folder.toString());
  }

  /** There is room again. */
  void free() throws IOException {
    run("mount", "-o", "remount," + ROOM, folder.toString());
  }

  @Override
  public void close() throws IOException {
    run("umount", folder.toString());
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
    try {
      if (!process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(command[0] + " did not end");
      }
      if (process.exitValue() != 0) {
        throw new IOException(new String(process.getInputStream().readAllBytes()).strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
