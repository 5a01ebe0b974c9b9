package dev.tallo.testbroker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** Finds ports on loopback for servers that tests start. */
public final class FreePort {
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private FreePort() {}

  /**
   * A port that nothing listens on, below the range from which the system takes ports of outgoing
   * connections: a server that is ended and started again finds it free. No port is given twice,
   * since its server may not have begun to listen yet.
   */
  public static int find() throws IOException {
    for (int attempt = 0; attempt < 200; attempt++) {
      int candidate = ThreadLocalRandom.current().nextInt(20_000, 32_000);
      try (ServerSocket _ = new ServerSocket(candidate, 1, InetAddress.getLoopbackAddress())) {
        if (GIVEN.add(candidate)) {
          return candidate;
        }
      } catch (IOException taken) {
        continue;
      }
    }
    throw new IOException("no free port between 20000 and 32000");
  }
}
