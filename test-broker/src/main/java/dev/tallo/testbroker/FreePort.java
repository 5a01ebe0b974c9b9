package dev.tallo.testbroker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/**
 * Finds ports on loopback for servers that tests start: ports that nothing listens on, below the
 * range from which the system takes ports of outgoing connections (32768 on Linux), so that a
 * server that is ended and started again finds its port free.
 *
 * <p>No port is given twice, since its server may not have begun to listen yet; not by another JVM
 * either: who was given a port holds a lock on the file of that number, in a folder that all share,
 * until its JVM ends.
 */
public final class FreePort {
  private static final int FIRST = 20_000;
  private static final int END = 32_700;
  private static final int ATTEMPTS = 500;
  private static final Path CLAIMS =
      Path.of(
          System.getProperty("java.io.tmpdir"),
          "tallo-test-ports-" + System.getProperty("user.name"));

  /** Of the ports that were given: a file that nothing refers to is closed, and its lock gone. */
  private static final List<FileChannel> HELD = new ArrayList<>();

  private FreePort() {}

  /** One port. */
  public static int find() throws IOException {
    return find(1, 0);
  }

  /** A port, of which those that follow it at equal steps are free and given with it. */
  public static synchronized int find(int step, int followers) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int first = ThreadLocalRandom.current().nextInt(FIRST, END - step * followers);
      if (claim(IntStream.rangeClosed(0, followers).map(i -> first + i * step).boxed().toList())) {
        return first;
      }
    }
    throw new IOException("no free port between " + FIRST + " and " + END);
  }

  private static boolean claim(List<Integer> ports) throws IOException {
    List<FileChannel> claimed = new ArrayList<>();
    for (int port : ports) {
      Optional<FileChannel> lock = lock(port);
      lock.ifPresent(claimed::add);
      if (lock.isEmpty() || !free(port)) {
        for (FileChannel each : claimed) {
          each.close();
        }
        return false;
      }
    }
    HELD.addAll(claimed);
    return true;
  }

  private static Optional<FileChannel> lock(int port) throws IOException {
    Files.createDirectories(CLAIMS);
    FileChannel file =
        FileChannel.open(
            CLAIMS.resolve(Integer.toString(port)),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    try {
      if (file.tryLock() != null) {
        return Optional.of(file);
      }
    } catch (OverlappingFileLockException ours) {
      // Left open: closing it would give up the lock that this JVM has by another of its files.
      HELD.add(file);
      return Optional.empty();
    }
    file.close();
    return Optional.empty();
  }

  private static boolean free(int port) {
    try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
