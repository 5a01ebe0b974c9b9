package dev.tallo.messaging.broker;

import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.impl.AMQConnection;
import com.rabbitmq.client.impl.Frame;
import com.rabbitmq.client.impl.FrameHandler;
import com.rabbitmq.client.impl.FrameHandlerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;

/**
 * The frames of one connection, on their way in and out.
 *
 * <p>In: header tables are made readable ({@link HeaderTypes}). Out: the client flushes its socket
 * after each publication; while a batch is written the flushes are held back ({@link #batch}),
 * which saves a system call per message.
 *
 * <p>Threads: frames are read by the client's reader alone; {@link #batch} is called by the one
 * thread that publishes, while heartbeats and requests of others may write between. Their flush is
 * held back as well, for as long as the batch lasts.
 */
final class Frames implements FrameHandler {
  private static final int CONTENT_HEADER = 2;

  private final FrameHandler socket;
  private volatile boolean held;

  private Frames(FrameHandler socket) {
    this.socket = socket;
  }

  /** Part of a batch; may throw what the client throws. */
  interface Batch {
    void write() throws IOException;
  }

  /** Writes a batch with one flush at its end. */
  void batch(Batch batch) throws IOException {
    held = true;
    try {
      batch.write();
    } finally {
      held = false;
      socket.flush();
    }
  }

  @Override
  public Frame readFrame() throws IOException {
    Frame frame = socket.readFrame();
    if (frame != null && frame.type == CONTENT_HEADER) {
      HeaderTypes.makeReadable(frame.getPayload());
    }
    return frame;
  }

  @Override
  public void flush() throws IOException {
    if (!held) {
      socket.flush();
    }
  }

  @Override
  public void writeFrame(Frame frame) throws IOException {
    socket.writeFrame(frame);
  }

  @Override
  public void setTimeout(int timeoutMs) throws SocketException {
    socket.setTimeout(timeoutMs);
  }

  @Override
  public int getTimeout() throws SocketException {
    return socket.getTimeout();
  }

  @Override
  public void sendHeader() throws IOException {
    socket.sendHeader();
  }

  @Override
  public void initialize(AMQConnection connection) {
    socket.initialize(connection);
  }

  @Override
  public void close() {
    socket.close();
  }

  @Override
  public InetAddress getLocalAddress() {
    return socket.getLocalAddress();
  }

  @Override
  public int getLocalPort() {
    return socket.getLocalPort();
  }

  @Override
  public InetAddress getAddress() {
    return socket.getAddress();
  }

  @Override
  public int getPort() {
    return socket.getPort();
  }

  /** Makes connections whose frames pass through a {@link Frames}; for one connection each. */
  static final class Factory extends ConnectionFactory {
    private final List<Frames> made = new ArrayList<>(1);

    @Override
    protected synchronized FrameHandlerFactory createFrameHandlerFactory() throws IOException {
      FrameHandlerFactory sockets = super.createFrameHandlerFactory();
      return (address, name) -> {
        Frames frames = new Frames(sockets.create(address, name));
        made.add(frames);
        return frames;
      };
    }

    /** The frames of the connection made last. */
    Frames frames() {
      return made.getLast();
    }
  }
}
