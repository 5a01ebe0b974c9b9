package dev.tallo.worker.connection;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * The name of a worker in events, results and dead letters, in Celery's form.
 *
 * @param text {@code <name>@<host>}
 */
public record NodeName(String text) {

  /** A worker's name on this machine. */
  public static NodeName onThisHost(String name) {
    return new NodeName(name + "@" + host());
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      // A machine that cannot resolve its own name still has one, or none that anyone could use.
      return System.getenv().getOrDefault("HOSTNAME", "localhost");
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
