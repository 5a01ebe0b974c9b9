package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.Iterator;
import java.util.Map;

/**
 * Shows JSON values as Celery shows them to people, in the headers {@code argsrepr} and {@code
 * kwargsrepr} and in events.
 *
 * <p>That is {@code celery/utils/saferepr.py}, character for character: Python's {@code repr}, but
 * strings always in single quotes and nothing escaped except these, containers in the fourth level
 * as {@code [...]}, and after {@value #LONGEST} characters {@code , ...} and the brackets that are
 * still open. The result may be a few characters longer than that. What lies behind the cut is not
 * looked at.
 */
public final class PythonRepr {

  /** Characters after which the text is cut. */
  public static final int LONGEST = 1024;

  private static final int DEEPEST = 3;

  private final StringBuilder text = new StringBuilder(64);
  private int left = LONGEST;
  private int level;
  private boolean cut;

  private PythonRepr() {}

  /** Positional arguments as a tuple: {@code (2, 2)}, {@code (1,)}, {@code ()}. */
  public static String args(ArrayNode args) {
    PythonRepr repr = new PythonRepr();
    repr.sequence(args, "(", args.size() == 1 ? ",)" : ")");
    return repr.text.toString();
  }

  /** Arguments by name as a dict: {@code {'y': 3}}. */
  public static String kwargs(ObjectNode kwargs) {
    return of(kwargs);
  }

  /** Any value. */
  public static String of(JsonNode value) {
    PythonRepr repr = new PythonRepr();
    repr.value(value);
    return repr.text.toString();
  }

  private void value(JsonNode value) {
    switch (value.getNodeType()) {
      case ARRAY -> sequence((ArrayNode) value, "[", "]");
      case OBJECT -> mapping((ObjectNode) value);
      case STRING -> quoted(value.textValue());
      case BOOLEAN -> token(value.booleanValue() ? "True" : "False");
      case NUMBER -> token(number(value));
      case NULL, MISSING -> token("None");
      case BINARY, POJO -> quoted(value.asText());
    }
  }

  private void sequence(ArrayNode values, String start, String end) {
    if (level >= DEEPEST) {
      token(start + "..." + end);
      return;
    }
    open(start);
    Iterator<JsonNode> iterator = values.elements();
    while (!cut && iterator.hasNext()) {
      value(iterator.next());
      if (!cut && iterator.hasNext()) {
        literal(", ");
      }
    }
    close(end);
  }

  private void mapping(ObjectNode values) {
    if (level >= DEEPEST) {
      token("{...}");
      return;
    }
    open("{");
    Iterator<Map.Entry<String, JsonNode>> iterator = values.properties().iterator();
    while (!cut && iterator.hasNext()) {
      Map.Entry<String, JsonNode> entry = iterator.next();
      quoted(entry.getKey());
      if (!cut) {
        literal(": ");
      }
      if (!cut) {
        value(entry.getValue());
      }
      if (!cut && iterator.hasNext()) {
        literal(", ");
      }
    }
    close("}");
  }

  private void open(String bracket) {
    level++;
    literal(bracket);
  }

  /** A bracket that would be the first thing behind the cut is lost; so it is in Celery. */
  private void close(String bracket) {
    level--;
    if (cut) {
      text.append(bracket);
    } else {
      literal(bracket);
    }
  }

  private void quoted(String value) {
    if (!cutHere()) {
      append("'" + shortened(value).replace("'", "\\'") + "'");
    }
  }

  private void token(String token) {
    if (!cutHere()) {
      append(shortened(token));
    }
  }

  /** Brackets and separators are never shortened. */
  private void literal(String literal) {
    if (!cutHere()) {
      append(literal);
    }
  }

  private boolean cutHere() {
    if (left <= 0) {
      cut = true;
      text.append(", ...");
    }
    return cut;
  }

  private void append(String token) {
    text.append(token);
    left -= length(token);
  }

  /** {@code celery/utils/text.py truncate}: at the last space before the end, if there is one. */
  private String shortened(String value) {
    if (value.length() < left || length(value) < left) {
      return value;
    }
    String start = value.substring(0, value.offsetByCodePoints(0, left));
    int space = start.lastIndexOf(' ');
    return (space < 0 ? start : start.substring(0, space)) + "...";
  }

  /** In code points, which is what Python counts; of long texts just "long". */
  private int length(String value) {
    return value.length() > 4 * LONGEST
        ? value.length() / 2
        : value.codePointCount(0, value.length());
  }

  private static String number(JsonNode value) {
    return value.isFloatingPointNumber() ? python(value.doubleValue()) : value.asText();
  }

  /** Python's shortest text for a double: an exponent below 1e-4 and from 1e16 on. */
  private static String python(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = exact.precision() - exact.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = exact.toPlainString();
      return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    String digits = exact.unscaledValue().abs().toString();
    return (value < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + (exponent < 0 ? "e-" : "e+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }
}
