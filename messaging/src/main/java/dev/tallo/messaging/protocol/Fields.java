package dev.tallo.messaging.protocol;

import com.rabbitmq.client.LongString;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Fields of a received message by name: the headers of protocol 2 or the body of protocol 1. Each
 * method gives the field in the type it must have, or says which field is of another.
 */
final class Fields {

  private static final long MAX_SECONDS = 1_000_000_000L;

  private final Map<String, ? extends @Nullable Object> values;

  /** What the error calls a field: {@code header} or {@code field}. */
  private final String kind;

  Fields(String kind, Map<String, ? extends @Nullable Object> values) {
    this.kind = kind;
    this.values = values;
  }

  /** Task and id become routing key and correlation id, which hold 255 bytes. */
  String requiredShortText(String name) throws UndecodableMessageException {
    Object value = values.get(name);
    String text = value == null ? null : asText(name, value);
    if (text == null || text.isEmpty()) {
      throw new UndecodableMessageException("The " + kind + " '" + name + "' is missing.");
    }
    if (!HeaderValues.fitsShortString(text)) {
      throw wrong(name, "text of at most 255 bytes", text);
    }
    return text;
  }

  /** Text; empty text counts as none, as in Python. */
  Optional<String> text(String name) throws UndecodableMessageException {
    Object value = values.get(name);
    if (value == null) {
      return Optional.empty();
    }
    String text = asText(name, value);
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  boolean truth(String name) throws UndecodableMessageException {
    Object value = values.get(name);
    if (value == null) {
      return false;
    }
    if (value instanceof Boolean truth) {
      return truth;
    }
    throw wrong(name, "true or false", value);
  }

  OptionalInt index(String name) throws UndecodableMessageException {
    Object value = values.get(name);
    return value == null ? OptionalInt.empty() : OptionalInt.of(asCount(name, value));
  }

  int count(String name) throws UndecodableMessageException {
    Object value = values.get(name);
    return value == null ? 0 : asCount(name, value);
  }

  Optional<OffsetDateTime> time(String name) throws UndecodableMessageException {
    Object value = values.get(name);
    return switch (value) {
      case null -> Optional.empty();
      case Date date -> Optional.of(date.toInstant().atOffset(ZoneOffset.UTC));
      case Instant instant -> Optional.of(instant.atOffset(ZoneOffset.UTC));
      case String text -> asTime(name, text);
      case LongString text -> asTime(name, text.toString());
      default -> throw wrong(name, "an ISO 8601 time", value);
    };
  }

  /** {@code [hard, soft]} in seconds, either or both of them missing or null. */
  TimeLimits timeLimits(String name) throws UndecodableMessageException {
    Object value = values.get(name);
    if (value == null) {
      return TimeLimits.NONE;
    }
    if (!(value instanceof List<?> limits) || limits.size() > 2) {
      throw wrong(name, "a list of the hard and the soft limit in seconds", value);
    }
    Optional<Duration> hard = limit(name, limits, 0);
    Optional<Duration> soft = limit(name, limits, 1);
    return hard.isEmpty() && soft.isEmpty() ? TimeLimits.NONE : new TimeLimits(hard, soft);
  }

  List<String> texts(String name) throws UndecodableMessageException {
    Object value = values.get(name);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> list)) {
      throw wrong(name, "a list of texts", value);
    }
    List<String> texts = new ArrayList<>(list.size());
    for (Object element : list) {
      if (element == null) {
        throw wrong(name, "a list of texts", list);
      }
      texts.add(asText(name, element));
    }
    return texts;
  }

  Map<String, @Nullable Object> map(String name) throws UndecodableMessageException {
    Object value = values.get(name);
    if (value == null) {
      return Map.of();
    }
    if (!(value instanceof Map<?, ?>)) {
      throw wrong(name, "a table", value);
    }
    @SuppressWarnings("unchecked") // HeaderValues.read makes every key of a map a text
    Map<String, @Nullable Object> read =
        (Map<String, @Nullable Object>) HeaderValues.read(name, value);
    return read == null ? Map.of() : read;
  }

  private String asText(String name, Object value) throws UndecodableMessageException {
    if (value instanceof String || value instanceof LongString) {
      return value.toString();
    }
    throw wrong(name, "text", value);
  }

  private int asCount(String name, Object value) throws UndecodableMessageException {
    if (value instanceof Integer count && count >= 0) {
      return count;
    }
    if (value instanceof Number number) {
      double asDouble = number.doubleValue();
      if (asDouble >= 0 && asDouble <= Integer.MAX_VALUE && asDouble == Math.rint(asDouble)) {
        return (int) asDouble;
      }
    }
    throw wrong(name, "a whole number from 0 to " + Integer.MAX_VALUE, value);
  }

  private Optional<OffsetDateTime> asTime(String name, String text)
      throws UndecodableMessageException {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Iso8601.parse(text));
    } catch (DateTimeException e) {
      throw wrong(name, "an ISO 8601 time", text);
    }
  }

  private Optional<Duration> limit(String name, List<?> limits, int index)
      throws UndecodableMessageException {
    Object value = index < limits.size() ? limits.get(index) : null;
    if (value == null) {
      return Optional.empty();
    }
    double seconds =
        switch (value) {
          case Integer number -> number;
          case Long number -> number;
          case Short number -> number;
          case Byte number -> number;
          case Float number -> number;
          case Double number -> number;
          case BigInteger number -> number.doubleValue();
          case BigDecimal number -> number.doubleValue();
          default -> Double.NaN;
        };
    if (!(seconds >= 0 && seconds <= MAX_SECONDS)) {
      throw wrong(name, "seconds from 0 to " + MAX_SECONDS, value);
    }
    long whole = (long) seconds;
    Duration limit = Duration.ofSeconds(whole, Math.round((seconds - whole) * 1e9));
    return limit.isZero() ? Optional.empty() : Optional.of(limit);
  }

  private UndecodableMessageException wrong(String name, String wanted, Object value) {
    String shown = value instanceof byte[] bytes ? bytes.length + " bytes" : value.toString();
    return new UndecodableMessageException(
        "The "
            + kind
            + " '"
            + name
            + "' must be "
            + wanted
            + ", not "
            + value.getClass().getSimpleName()
            + " '"
            + HeaderValues.shortened(shown)
            + "'.");
  }
}
