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
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The frames of one connection, on their way in and out.
 *
 * <p>In: header tables are made readable ({@link HeaderTypes}), and of bodies that are too large
 * the head is left ({@link LargeBodies}). Out: the client flushes its socket after each
 * publication; while a batch is written the flushes are held back ({@link #batch}), which saves a
 * system call per message.
 *
 * <p>Threads: frames are read by the client's reader alone; {@link #batch} is called by the one
 * thread that publishes, while heartbeats and requests of others may write between. Their flush is
 * held back as well, for as long as the batch lasts.
 */
final class Frames implements FrameHandler {
  private static final int METHOD = 1;
  private static final int CONTENT_HEADER = 2;
  private static final int BODY = 3;

  /** What brokers send at most in one frame unless told otherwise, and what is asked of them. */
  private static final int LARGEST_FRAME = 128 * 1024;

  private final FrameHandler socket;
  private final LargeBodies largeBodies;
  private volatile boolean held;

  private Frames(FrameHandler socket, int maxInboundBody) {
    this.socket = socket;
    largeBodies = new LargeBodies(maxInboundBody);
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
    while (true) {
      Frame frame = socket.readFrame();
      if (frame == null) {
        return null; // nothing came in time
      }
      switch (frame.type) {
        case METHOD -> largeBodies.method(frame.channel, frame.getPayload());
        case CONTENT_HEADER -> {
          HeaderTypes.makeReadable(frame.getPayload());
          largeBodies.header(frame.channel, frame.getPayload());
        }
        case BODY -> {
          Optional<Frame> kept = largeBodies.body(frame);
          if (kept.isEmpty()) {
            continue;
          }
          return kept.get();
        }
        default -> {}
      }
      return frame;
    }
  }

  /** What the body of a delivery had in bytes, if only its head was read. */
  OptionalLong wholeSize(int channel, long deliveryTag) {
    return largeBodies.wholeSize(channel, deliveryTag);
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
    private final int maxInboundBody;
    private final List<Frames> made = new ArrayList<>(1);

    /**
     * @param maxInboundBody largest body that is read whole, in bytes
     */
    Factory(int maxInboundBody) {
      this.maxInboundBody = maxInboundBody;
      // The client refuses a body that has as many, and a part of one that has more.
      setMaxInboundMessageBodySize(Math.max(maxInboundBody + 1, LARGEST_FRAME));
    }

    @Override
    protected synchronized FrameHandlerFactory createFrameHandlerFactory() throws IOException {
      FrameHandlerFactory sockets = super.createFrameHandlerFactory();
      return (address, name) -> {
        Frames frames = new Frames(sockets.create(address, name), maxInboundBody);
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
