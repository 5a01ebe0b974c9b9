package dev.tallo.producer.api;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.OptionalLong;

/** A place in a list, as callers carry it from page to page: eight bytes in URL-safe Base64. */
final class Cursor {
  private static final int LENGTH = 11;

  private Cursor() {}

  static String encode(long place) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(ByteBuffer.allocate(Long.BYTES).putLong(place).array());
  }

  /** Empty if it is none. */
  static OptionalLong decode(String cursor) {
    if (cursor.length() != LENGTH) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(ByteBuffer.wrap(Base64.getUrlDecoder().decode(cursor)).getLong());
    } catch (IllegalArgumentException e) {
      return OptionalLong.empty();
    }
  }
}
