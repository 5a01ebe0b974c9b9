package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.LongString;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The values of AMQP headers: what may be written, and what is made of what is read.
 *
 * <p>Written are only text, truth values, 32-bit integers, doubles, lists, maps and null. Python's
 * {@code amqp} up to 5.3 misreads the Java client's other integers: a {@code Short} spoils the
 * whole table, a {@code Byte} or {@code Long} loses its sign. A wider integer therefore travels as
 * a double where that is exact, else as text.
 */
final class HeaderValues {

  /** Longer names do not fit AMQP's short string. */
  private static final int LONGEST_NAME = 255;

  /** The content header must fit one frame, which is 128 KiB unless someone made it smaller. */
  static final int LARGEST = 64 * 1024;

  private static final int DEEPEST = 32;

  private static final Set<String> CELERYS_OWN =
      Set.of(
          "lang",
          "task",
          "id",
          "shadow",
          "eta",
          "expires",
          "group",
          "group_index",
          "retries",
          "timelimit",
          "root_id",
          "parent_id",
          "argsrepr",
          "kwargsrepr",
          "origin",
          "ignore_result",
          "replaced_task_nesting",
          "stamped_headers",
          "stamps",
          "compression",
          "meth");

  private HeaderValues() {}

  /** Whether AMQP has room for the text where it wants a short one: 255 bytes. */
  static boolean fitsShortString(String text) {
    int length = text.length();
    return length <= LONGEST_NAME / 3
        || length <= LONGEST_NAME && text.getBytes(StandardCharsets.UTF_8).length <= LONGEST_NAME;
  }

  /** Whether the header is the sender's own, neither Celery's nor the broker's. */
  static boolean isCustom(String name) {
    return !CELERYS_OWN.contains(name) && !isBrokers(name);
  }

  /** Headers that RabbitMQ adds; published again they would make it drop the message as a cycle. */
  static boolean isBrokers(String name) {
    return name.startsWith("x-")
        && (name.equals("x-death")
            || name.equals("x-acquired-count")
            || name.startsWith("x-first-death-")
            || name.startsWith("x-last-death-")
            || name.startsWith("x-delivery-"));
  }

  /**
   * Checks the name of a header that somebody wants to send.
   *
   * @throws IllegalArgumentException if it is taken, empty or too long
   */
  static void requireCustomName(String name) {
    if (name.isEmpty() || !fitsShortString(name)) {
      throw new IllegalArgumentException(
          "The name of a header must have 1 to 255 bytes, unlike '" + shortened(name) + "'.");
    }
    if (!isCustom(name)) {
      throw new IllegalArgumentException(
          "The header '" + name + "' is set by Celery or the broker; choose another name.");
    }
  }

  /**
   * The value as it is written.
   *
   * @param name of the header, for the error
   * @throws IllegalArgumentException if it is of a type that no header can have, or nested deeper
   *     than 32 levels
   */
  static @Nullable Object normalized(String name, @Nullable Object value) {
    return written(name, value, 0);
  }

  /** The values as they are written, see {@link #normalized(String, Object)}. */
  static Map<String, @Nullable Object> normalized(Map<String, @Nullable Object> values) {
    Map<String, @Nullable Object> normalized = new LinkedHashMap<>();
    values.forEach((name, value) -> normalized.put(name, written(name, value, 0)));
    return normalized;
  }

  private static @Nullable Object written(String name, @Nullable Object value, int depth) {
    requireShallow(name, depth);
    return switch (value) {
      case null -> null;
      case String text -> text;
      case Boolean truth -> truth;
      case Integer number -> number;
      case Short number -> number.intValue();
      case Byte number -> number.intValue();
      case Long number -> integer(BigInteger.valueOf(number));
      case BigInteger number -> integer(number);
      case Double number -> number;
      case Float number -> number.doubleValue();
      case BigDecimal number -> decimal(number);
      case LongString text -> text.toString();
      case Instant time -> time.toString();
      case byte[] bytes -> bytes;
      case JsonNode json -> written(name, fromJson(json), depth);
      case Collection<?> list -> {
        List<@Nullable Object> written = new ArrayList<>(list.size());
        for (Object element : list) {
          written.add(written(name, element, depth + 1));
        }
        yield written;
      }
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> written = LinkedHashMap.newLinkedHashMap(map.size());
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          String key = String.valueOf(entry.getKey());
          if (!fitsShortString(key)) {
            throw new IllegalArgumentException(
                "The header '" + name + "' has a name inside that is longer than 255 bytes.");
          }
          written.put(key, written(name, entry.getValue(), depth + 1));
        }
        yield written;
      }
      default ->
          throw new IllegalArgumentException(
              "The header '"
                  + name
                  + "' must be text, a truth value, a number, a list or a map of such, not a "
                  + value.getClass().getName()
                  + ".");
    };
  }

  private static Object integer(BigInteger number) {
    if (number.bitLength() < Integer.SIZE) {
      return number.intValue();
    }
    double nearest = number.doubleValue();
    boolean exact =
        !Double.isInfinite(nearest) && new BigDecimal(nearest).toBigInteger().equals(number);
    return exact ? (Object) nearest : number.toString();
  }

  private static Object decimal(BigDecimal number) {
    double nearest = number.doubleValue();
    boolean exact =
        !Double.isInfinite(nearest) && BigDecimal.valueOf(nearest).compareTo(number) == 0;
    return exact ? (Object) nearest : number.toString();
  }

  /** A JSON value as plain lists, maps, texts and numbers. */
  static @Nullable Object fromJson(JsonNode json) {
    return switch (json.getNodeType()) {
      case STRING, BINARY, POJO -> json.asText();
      case BOOLEAN -> json.booleanValue();
      case NUMBER -> json.numberValue();
      case NULL, MISSING -> null;
      case ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>(json.size());
        json.elements().forEachRemaining(element -> list.add(fromJson(element)));
        yield list;
      }
      case OBJECT -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        json.properties().forEach(field -> map.put(field.getKey(), fromJson(field.getValue())));
        yield map;
      }
    };
  }

  /**
   * A value of a received message: {@code LongString} becomes text, {@code Date} a point in time.
   */
  static @Nullable Object read(String name, @Nullable Object value)
      throws UndecodableMessageException {
    return read(name, value, 0);
  }

  private static @Nullable Object read(String name, @Nullable Object value, int depth)
      throws UndecodableMessageException {
    if (depth > DEEPEST) {
      throw new UndecodableMessageException(
          "The header '" + shortened(name) + "' is nested deeper than " + DEEPEST + " levels.");
    }
    return switch (value) {
      case LongString text -> text.toString();
      case Date date -> date.toInstant();
      case List<?> list -> {
        List<@Nullable Object> read = new ArrayList<>(list.size());
        for (Object element : list) {
          read.add(read(name, element, depth + 1));
        }
        yield read;
      }
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> read = LinkedHashMap.newLinkedHashMap(map.size());
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          read.put(String.valueOf(entry.getKey()), read(name, entry.getValue(), depth + 1));
        }
        yield read;
      }
      case null, default -> value;
    };
  }

  /** About how many bytes the value takes in the content header. */
  static int size(@Nullable Object value) {
    return switch (value) {
      case null -> 1;
      case String text -> 5 + text.length() * (isAscii(text) ? 1 : 3);
      case byte[] bytes -> 5 + bytes.length;
      case Collection<?> list -> {
        int size = 5;
        for (Object element : list) {
          size += size(element);
        }
        yield size;
      }
      case Map<?, ?> map -> {
        int size = 5;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          size += size(entry.getKey()) + size(entry.getValue());
        }
        yield size;
      }
      default -> 9;
    };
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 127) {
        return false;
      }
    }
    return true;
  }

  private static void requireShallow(String name, int depth) {
    if (depth > DEEPEST) {
      throw new IllegalArgumentException(
          "The header '" + name + "' is nested deeper than " + DEEPEST + " levels.");
    }
  }

  /** The start of a text that may be anything, for an error. */
  static String shortened(String text) {
    return text.length() <= 60 ? text : text.substring(0, 60) + "…";
  }
}
