package dev.tallo.routing.rule;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/** What an argument has to be like. */
public sealed interface ValueTest {
  /** Whether it is. */
  boolean accepts(JsonNode value);

  /** What it has to be, for people: {@code "acme"}, {@code from 1 to 9}. */
  String expected();

  /** It is this text, number or truth value, or null; numbers are compared by value. */
  record EqualTo(JsonNode value) implements ValueTest {
    @Override
    public boolean accepts(JsonNode found) {
      return same(value, found);
    }

    @Override
    public String expected() {
      return value.toString();
    }
  }

  /** It is one of these. */
  record OneOf(List<JsonNode> values) implements ValueTest {
    public OneOf {
      values = List.copyOf(values);
    }

    @Override
    public boolean accepts(JsonNode found) {
      return values.stream().anyMatch(value -> same(value, found));
    }

    @Override
    public String expected() {
      return "one of " + values;
    }
  }

  /** It is a number from {@code min} to {@code max}, both included. */
  record Range(Optional<BigDecimal> min, Optional<BigDecimal> max) implements ValueTest {
    @Override
    public boolean accepts(JsonNode found) {
      return isFinite(found)
          && min.filter(least -> found.decimalValue().compareTo(least) < 0).isEmpty()
          && max.filter(most -> found.decimalValue().compareTo(most) > 0).isEmpty();
    }

    @Override
    public String expected() {
      return "a number"
          + min.map(least -> " from " + least).orElse("")
          + max.map(most -> " to " + most).orElse("");
    }
  }

  /** It is text in which the pattern is found. */
  record Matches(LinearRegex pattern) implements ValueTest {
    @Override
    public boolean accepts(JsonNode found) {
      return found.isTextual() && pattern.foundIn(found.textValue());
    }

    @Override
    public String expected() {
      return "text of at most " + LinearRegex.MAX_TEXT + " characters with /" + pattern + "/";
    }
  }

  private static boolean same(JsonNode expected, JsonNode found) {
    if (isFinite(expected) && isFinite(found)) {
      return expected.decimalValue().compareTo(found.decimalValue()) == 0;
    }
    return expected.equals(found);
  }

  /** Python writes NaN and infinities as well. */
  private static boolean isFinite(JsonNode value) {
    return value.isNumber() && (!value.isFloatingPointNumber() || Double.isFinite(value.asDouble()))
        || value.isBigDecimal();
  }
}
