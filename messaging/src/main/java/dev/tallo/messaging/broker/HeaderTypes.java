package dev.tallo.messaging.broker;

/**
 * Makes the field tables of a content header readable for the Java client.
 *
 * <p>Python writes integers beyond 31 bits under the type tag {@code L}, which the client does not
 * know: it ends the whole connection, and so does every redelivery. {@code L} and the client's
 * {@code l} both stand for a signed integer of 64 bits, so the tag is changed in place.
 *
 * @see <a href="https://www.rabbitmq.com/amqp-0-9-1-errata#section_3">field types as
 *     implemented</a>
 */
final class HeaderTypes {
  private static final int FIXED_PART = 14; // class, weight, body size, property flags
  private static final int CONTENT_TYPE = 1 << 15;
  private static final int CONTENT_ENCODING = 1 << 14;
  private static final int HEADERS = 1 << 13;
  private static final int MAX_NESTING = 64;

  private final byte[] payload;
  private int at;

  private HeaderTypes(byte[] payload) {
    this.payload = payload;
  }

  /** Changes the tags in place; a payload that cannot be followed stays as it is from there on. */
  static void makeReadable(byte[] payload) {
    for (byte b : payload) {
      if (b == 'L') {
        new HeaderTypes(payload).properties();
        return;
      }
    }
  }

  private void properties() {
    if (payload.length < FIXED_PART) {
      return;
    }
    int flags = (payload[12] & 0xff) << 8 | payload[13] & 0xff;
    at = FIXED_PART;
    if ((flags & HEADERS) == 0
        || (flags & CONTENT_TYPE) != 0 && !skipShortString()
        || (flags & CONTENT_ENCODING) != 0 && !skipShortString()) {
      return;
    }
    table(0);
  }

  private boolean table(int nesting) {
    int end = sized();
    while (end >= 0 && at < end) {
      if (!skipShortString() || !value(nesting)) {
        return false;
      }
    }
    return end >= 0 && at == end;
  }

  private boolean array(int nesting) {
    int end = sized();
    while (end >= 0 && at < end) {
      if (!value(nesting)) {
        return false;
      }
    }
    return end >= 0 && at == end;
  }

  private boolean value(int nesting) {
    if (at >= payload.length || nesting > MAX_NESTING) {
      return false;
    }
    if (payload[at] == 'L') {
      payload[at] = 'l';
    }
    return switch (payload[at++]) {
      case 'V' -> true;
      case 't', 'b', 'B' -> skip(1);
      case 's', 'u' -> skip(2);
      case 'I', 'i', 'f' -> skip(4);
      case 'D' -> skip(5);
      case 'l', 'd', 'T' -> skip(8);
      case 'S', 'x' -> {
        int end = sized();
        yield end >= 0 && skip(end - at);
      }
      case 'F' -> table(nesting + 1);
      case 'A' -> array(nesting + 1);
      default -> false;
    };
  }

  /** Reads a 32-bit size and returns where what it measures ends, or -1 when that is outside. */
  private int sized() {
    if (at + 4 > payload.length) {
      return -1;
    }
    int size =
        (payload[at] & 0xff) << 24
            | (payload[at + 1] & 0xff) << 16
            | (payload[at + 2] & 0xff) << 8
            | payload[at + 3] & 0xff;
    at += 4;
    return size < 0 || size > payload.length - at ? -1 : at + size;
  }

  private boolean skipShortString() {
    return at < payload.length && skip(1 + (payload[at] & 0xff));
  }

  private boolean skip(int bytes) {
    at += bytes;
    return at <= payload.length;
  }
}
