package dev.tallo.messaging.protocol;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The values of AMQP headers: what is written, and what is made of what is read. */
final class HeaderValues {

  private HeaderValues() {}

  static void requireCustomName(String name) {
    throw new UnsupportedOperationException();
  }

  static @Nullable Object normalized(String name, @Nullable Object value) {
    throw new UnsupportedOperationException();
  }

  static Map<String, @Nullable Object> normalized(Map<String, @Nullable Object> values) {
    throw new UnsupportedOperationException();
  }
}
