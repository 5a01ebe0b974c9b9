package dev.tallo.workerservice.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.worker.InvalidArguments;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A set of HTTP status codes. */
record StatusCodes(List<Range> ranges) {

  /** 200 to 299. */
  static final StatusCodes SUCCESSFUL = new StatusCodes(List.of(new Range(200, 299)));

  private static final Pattern CLASS = Pattern.compile("([1-5])[xX]{2}");
  private static final Pattern RANGE = Pattern.compile("([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?");
  private static final int MOST = 50;

  record Range(int from, int to) {}

  /**
   * Reads codes (200, "200"), classes ("2xx") and ranges ("200-204").
   *
   * @throws InvalidArguments if one is none of these, or there are none or more than 50
   */
  static StatusCodes of(List<JsonNode> entries) {
    if (entries.isEmpty() || entries.size() > MOST) {
      throw new InvalidArguments(
          "argument 'success' has %d entries; it takes 1 to %d".formatted(entries.size(), MOST));
    }
    return new StatusCodes(entries.stream().map(StatusCodes::range).toList());
  }

  private static Range range(JsonNode entry) {
    String text = entry.asText();
    Matcher ofClass = CLASS.matcher(text);
    if (entry.isTextual() && ofClass.matches()) {
      int from = Integer.parseInt(ofClass.group(1)) * 100;
      return new Range(from, from + 99);
    }
    Matcher range = RANGE.matcher(text);
    if ((entry.isTextual() || entry.isInt()) && range.matches()) {
      int from = Integer.parseInt(range.group(1));
      int to = range.group(2) == null ? from : Integer.parseInt(range.group(2));
      if (from <= to) {
        return new Range(from, to);
      }
    }
    throw new InvalidArguments(
        "argument 'success' has an entry that is neither a status code (200), nor \"2xx\", nor a"
            + " range (\"200-204\")");
  }

  boolean contains(int status) {
    return ranges.stream().anyMatch(range -> range.from <= status && status <= range.to);
  }
}
