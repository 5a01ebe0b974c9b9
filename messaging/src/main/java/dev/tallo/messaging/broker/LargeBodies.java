package dev.tallo.messaging.broker;

import com.rabbitmq.client.impl.Frame;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes messages readable whose body is larger than the client reads, which would end the whole
 * connection at each delivery: the size that the content header promises is changed to that of the
 * body's head, and the rest of the body is left out as it comes in. What such a body had in bytes
 * is remembered by channel and delivery tag until the consumer asks.
 *
 * <p>Threads: frames are passed by the client's reader alone; {@link #wholeSize} is called by the
 * client's dispatch.
 */
final class LargeBodies {
  /** How much of such a body is kept, in bytes. */
  static final int HEAD = 64 * 1024;

  private static final int SIZE_AT = 4; // after class and weight
  private static final int DELIVER = 60 << 16 | 60; // class and method
  private static final int CHANNEL_OPENED = 20 << 16 | 11;

  /** The body that comes in on a channel. */
  private static final class Cut {
    private long kept;
    private long left;

    private Cut(long size, long kept) {
      left = size;
      this.kept = kept;
    }
  }

  private record Tag(int channel, long delivery) {}

  private final long most;
  private final Map<Integer, byte[]> lastMethods = new HashMap<>(); // by the reader only
  private final Map<Integer, Cut> cuts = new HashMap<>(); // by the reader only
  private final Map<Tag, Long> sizes = new ConcurrentHashMap<>();

  /**
   * @param most bytes of the largest body that is read whole
   */
  LargeBodies(long most) {
    this.most = most;
  }

  /** A method begins whatever follows on its channel. */
  void method(int channel, byte[] payload) {
    lastMethods.put(channel, payload);
    if (!cuts.isEmpty()) {
      cuts.remove(channel);
    }
    if (!sizes.isEmpty()
        && payload.length >= 4
        && ByteBuffer.wrap(payload).getInt() == CHANNEL_OPENED) {
      sizes.keySet().removeIf(tag -> tag.channel == channel);
    }
  }

  /** Changes the size in place, if it is too large. */
  void header(int channel, byte[] payload) {
    if (payload.length < SIZE_AT + Long.BYTES) {
      return;
    }
    ByteBuffer header = ByteBuffer.wrap(payload);
    long size = header.getLong(SIZE_AT);
    if (size <= most) {
      return;
    }
    long kept = Math.min(HEAD, most);
    header.putLong(SIZE_AT, kept);
    cuts.put(channel, new Cut(size, kept));
    deliveryTag(channel).ifPresent(tag -> sizes.put(new Tag(channel, tag), size));
  }

  private OptionalLong deliveryTag(int channel) {
    ByteBuffer method = ByteBuffer.wrap(lastMethods.getOrDefault(channel, new byte[0]));
    if (method.remaining() < 5 || method.getInt() != DELIVER) {
      return OptionalLong.empty();
    }
    int consumerTag = method.get() & 0xff;
    return method.remaining() < consumerTag + Long.BYTES
        ? OptionalLong.empty()
        : OptionalLong.of(method.getLong(method.position() + consumerTag));
  }

  /** What is to be read of a part of a body; empty if nothing. */
  Optional<Frame> body(Frame frame) {
    Cut cut = cuts.isEmpty() ? null : cuts.get(frame.channel);
    if (cut == null) {
      return Optional.of(frame);
    }
    byte[] payload = frame.getPayload();
    int part = (int) Math.min(payload.length, cut.kept);
    cut.kept -= part;
    cut.left -= payload.length;
    if (cut.left <= 0) {
      cuts.remove(frame.channel);
    }
    if (part == 0) {
      return Optional.empty();
    }
    return Optional.of(
        part == payload.length
            ? frame
            : new Frame(frame.type, frame.channel, Arrays.copyOf(payload, part)));
  }

  /** What the body of a delivery had, if only its head was read; told once. */
  OptionalLong wholeSize(int channel, long deliveryTag) {
    if (sizes.isEmpty()) {
      return OptionalLong.empty();
    }
    Long size = sizes.remove(new Tag(channel, deliveryTag));
    return size == null ? OptionalLong.empty() : OptionalLong.of(size);
  }
}
