package dev.tallo.systemtests;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** Values that nobody means well with. */
final class Hostile {
  private static final int LONG = 100_000;
  private static final String PLACE = "the place of a hostile value";

  private Hostile() {}

  /** Pieces of JSON, as they are written. */
  static List<String> json() {
    return List.of(
        "null",
        "true",
        "0",
        "-1",
        "0.5",
        "1e400",
        "-1e400",
        "1e-400",
        "123456789012345678901234567890",
        "-9223372036854775809",
        "9".repeat(2_000),
        "1E" + "9".repeat(500),
        "NaN",
        "-Infinity",
        "01",
        "\"\"",
        "\" \"",
        "\"a\\u0000b\"",
        "\"\\ud800\"",
        "\"\\udfff\\ud800\"",
        "\"\\u202e\\uFEFF\"",
        "\"../../../../etc/passwd\"",
        "\"' OR 1=1; DROP TABLE task; --\"",
        "\"${jndi:ldap://127.0.0.1/a}\"",
        "\"%00%ff%n%s\"",
        "\"9999-99-99T99:99:99Z\"",
        "\"+1000000000-12-31T23:59:59Z\"",
        "\"PT1000000000000H\"",
        "\"" + "x".repeat(LONG) + "\"",
        "[]",
        "{}",
        "[null]",
        "[[],{},\"\\u0000\",1e400]",
        "{\"\":{\"\\u0000\":\"\\ud800\"}}",
        "{\"a\":1,\"a\":2}",
        "[".repeat(3_000) + "]".repeat(3_000),
        "{\"a\":".repeat(3_000) + "1" + "}".repeat(3_000),
        many("[", "1,", "1]"),
        "{" + "\"k\":1,".repeat(5_000) + "\"k\":1}");
  }

  private static String many(String begin, String item, String end) {
    return begin + item.repeat(20_000) + end;
  }

  /** For a place in an address, percent-encoded. */
  static List<String> inAddresses() {
    return List.of(
        "",
        "%00",
        "a%00b",
        "%FF%FE",
        "%C3%28",
        "%ED%A0%80",
        "..%2F..%2Fetc%2Fpasswd",
        "%2e%2e",
        "%25",
        "%250",
        "-1",
        "0",
        "1e400",
        "99999999999999999999999",
        "NaN",
        "null",
        "true",
        "%20",
        "%0d%0aX-Injected:%201",
        "%27%20OR%201=1--",
        "$%7Bjndi:ldap://127.0.0.1/a%7D",
        "9999-99-99T99:99:99Z",
        "%2B1000000000-12-31T23:59:59Z",
        "PT1000000000H",
        "%F0%9F%A6%AC",
        "a".repeat(3_000));
  }

  /** For a header, as far as it can be sent. */
  static List<String> inHeaders() {
    return List.of(
        "",
        " ",
        "\"",
        "\"\"",
        "*",
        "W/\"\"",
        "-1",
        "99999999999999999999999",
        "\"a\", \"b\", *",
        ",,,,",
        "\u00ff\u0080",
        "x".repeat(4_000));
  }

  /** Whole bodies. */
  static List<byte[]> bodies(JsonNode right) {
    String text = right.toString();
    List<byte[]> bodies = new ArrayList<>();
    bodies.add(new byte[] {0});
    bodies.add(text.getBytes(UTF_16));
    bodies.add(wrongByte(text));
    for (String body :
        List.of(
            "",
            " \n\t",
            // Cut off, twice, with a byte order mark, no JSON at all.
            text.substring(0, text.length() - 1),
            text + text,
            "\uFEFF" + text,
            "<?xml version='1.0'?><a/>")) {
      bodies.add(body.getBytes(UTF_8));
    }
    json().forEach(json -> bodies.add(json.getBytes(UTF_8)));
    return bodies;
  }

  private static byte[] wrongByte(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(text.replaceFirst("\"[^\"]*\"", "\"").getBytes(UTF_8));
    bytes.write(0xc3);
    bytes.write(0x28);
    return bytes.toByteArray();
  }

  /** The right body with one value of it at a time in exchange for a hostile one. */
  static List<String> mutations(JsonNode right) {
    List<String> bodies = new ArrayList<>();
    if (right.deepCopy() instanceof ObjectNode whole) {
      exchange(whole, whole, bodies);
      for (String name : List.of("no_such_field", "\\u0000", "\\ud800", "x".repeat(LONG))) {
        bodies.add("{\"" + name + "\":1" + (whole.isEmpty() ? "}" : "," + rest(whole)));
      }
    }
    return bodies;
  }

  private static String rest(ObjectNode object) {
    return object.toString().substring(1);
  }

  private static void exchange(ObjectNode whole, ObjectNode part, List<String> bodies) {
    List<String> names = new ArrayList<>();
    part.fieldNames().forEachRemaining(names::add);
    for (String name : names) {
      JsonNode value = part.get(name);
      part.put(name, PLACE);
      String[] around = whole.toString().split("\"" + PLACE + "\"", 2);
      json().forEach(json -> bodies.add(around[0] + json + around[1]));
      part.set(name, value);
      if (value instanceof ObjectNode inner) {
        exchange(whole, inner, bodies);
      }
    }
  }

  /** The beginning of something long. */
  static String shown(String text) {
    String shown = text.length() > 40 ? text.substring(0, 40) + "…" : text;
    return shown.replaceAll("\\p{Cntrl}", "?");
  }
}
