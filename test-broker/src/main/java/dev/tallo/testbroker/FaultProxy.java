package dev.tallo.testbroker;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between a client and the broker and breaks what passes: swallows one direction, resets the
 * connections, refuses new ones. Byte by byte transparent otherwise.
 */
public final class FaultProxy implements AutoCloseable {
  /** A direction of the stream. */
  public enum Direction {
    TO_BROKER,
    TO_CLIENT
  }

  private final InetSocketAddress target;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Set<Direction> swallowed = ConcurrentHashMap.newKeySet();
  private volatile boolean refusing;

  public FaultProxy(int brokerPort) throws IOException {
    target = new InetSocketAddress(InetAddress.getLoopbackAddress(), brokerPort);
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().name("fault-proxy").start(this::accept);
  }

  /** The same address as {@code broker}, by way of this proxy. */
  public URI inFrontOf(URI broker) {
    String text = broker.toString();
    return URI.create(
        text.replaceFirst(":" + target.getPort() + "(/|$)", ":" + listener.getLocalPort() + "$1"));
  }

  /** Bytes in this direction vanish from now on; the connections stay open. */
  public void swallow(Direction direction) {
    swallowed.add(direction);
  }

  /** Bytes pass again; what was swallowed is gone. */
  public void pass() {
    swallowed.clear();
    refusing = false;
  }

  /** New connections are closed at once. */
  public void refuse() {
    refusing = true;
  }

  /** Resets every open connection (TCP RST), on both sides. */
  public void reset() {
    sockets.forEach(FaultProxy::abort);
  }

  @Override
  public void close() throws IOException {
    listener.close();
    reset();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        if (refusing) {
          abort(client);
          continue;
        }
        relay(client);
      } catch (IOException e) {
        // The listener was closed: the loop ends.
      }
    }
  }

  private void relay(Socket client) {
    Socket broker = new Socket();
    try {
      broker.connect(target, 5_000);
      client.setTcpNoDelay(true);
      broker.setTcpNoDelay(true);
    } catch (IOException brokerAway) {
      abort(client);
      return;
    }
    sockets.add(client);
    sockets.add(broker);
    pump(client, broker, Direction.TO_BROKER);
    pump(broker, client, Direction.TO_CLIENT);
  }

  private void pump(Socket from, Socket to, Direction direction) {
    Thread.ofPlatform()
        .daemon()
        .name("fault-proxy-" + direction)
        .start(
            () -> {
              byte[] buffer = new byte[64 * 1024];
              try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                  if (!swallowed.contains(direction)) {
                    out.write(buffer, 0, n);
                  }
                }
                to.shutdownOutput();
              } catch (IOException e) {
                abort(from);
                abort(to);
              } finally {
                sockets.remove(from);
              }
            });
  }

  private static void abort(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // Closed already.
    }
  }
}
