package dev.tallo.testbroker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
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
 * either: who was given a port holds a lock on the byte of that number in a file that all share,
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

  private static Optional<FileChannel> claims = Optional.empty();

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
    List<FileLock> locks = new ArrayList<>();
    for (int port : ports) {
      Optional<FileLock> lock = lock(port);
      lock.ifPresent(locks::add);
      if (lock.isEmpty() || !free(port)) {
        for (FileLock claimed : locks) {
          claimed.release();
        }
        return false;
      }
    }
    return true;
  }

  /** Never closed: a process that closes a file gives up all its locks on it. */
  private static Optional<FileLock> lock(int port) throws IOException {
    if (claims.isEmpty()) {
      claims =
          Optional.of(
              FileChannel.open(CLAIMS, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    }
    try {
      return Optional.ofNullable(claims.get().tryLock(port, 1, false));
    } catch (OverlappingFileLockException ours) {
      return Optional.empty();
    }
  }

  private static boolean free(int port) {
    try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
